"""``sink list|add|set|rm|test|provision-thingsboard``: where readings go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import (
    Actions,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import console, show_table, yes_no
from dlmslite_daemon.cli.places import sink_of_url
from dlmslite_daemon.cli.provision import checked, provision
from dlmslite_daemon.cli.reach import Door, follow, segment
from dlmslite_daemon.cli.secret import given, given_each, secret_options
from dlmslite_daemon.errors import ConfigError, NameTaken

TEST_SECONDS = 60.0
_tokens_option = click.option(
    "--tokens-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help='Mode device: TOML, for each meter and for bridge itself a line NAME = "TOKEN".',
)
_meters_option = click.option(
    "--meters", metavar="A,B", help="Modes device and legacy: only these meters; '' for all."
)


@click.group("sink", cls=Actions)
def sink() -> None:
    """Where readings go: list, add, set, rm, test."""


@sink.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--mode", help="ThingsBoard: gateway, device or legacy.")
@_tokens_option
@_meters_option
@click.option("--ca-file", help="Certificates to trust instead of the system's.")
@click.option("--cert-file", help="A client certificate.")
@click.option("--key-file", help="Its private key.")
@click.option("--from-beginning", is_flag=True, help="Deliver all that is stored already.")
@secret_options("token", "of ThingsBoard")
@secret_options("password", "of the broker's user")
@common_options
@click.pass_context
def add(
    ctx: click.Context,
    /,
    name: str,
    url: str,
    from_beginning: bool,
    tokens_file: Path | None,
    token_prompt: bool,
    token_file: Path | None,
    token_env: str | None,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    as_json: bool,
    **options: str | None,
) -> None:
    """Deliver to thingsboard://HOST:1883 or mqtt://[USER@]HOST/BASE; ends with a test."""
    kind, found = sink_of_url(url)
    found |= _said(options)
    secret = given("token", token_prompt, token_file, token_env)
    if secret is None:
        secret = given("password", password_prompt, password_file, password_env)
    body = {"name": name, "kind": kind, "options": found, "from_beginning": from_beginning}
    if secret is not None:
        body["secret"] = secret
    if tokens_file is not None:
        body["tokens"] = given_each("token", tokens_file)
    way = door(ctx)
    _conclude(ctx, follow(way, way.ask("POST", "/api/sinks", body), TEST_SECONDS), name, as_json)


@sink.command("list")
@common_options
@click.pass_context
def list_sinks(ctx: click.Context, as_json: bool) -> None:
    """Every sink: where it goes, whether it is connected, what waits for it."""
    answer = door(ctx, offline=True).ask("GET", "/api/sinks")
    if as_json:
        say(answer)
        return
    show_table(
        [
            "name",
            "kind",
            "host",
            ">port",
            "enabled",
            "connected",
            ">live",
            ">history",
            "last error",
        ],
        [
            (
                one["name"],
                one["kind"],
                one["options"].get("host"),
                one["options"].get("port"),
                yes_no(one["enabled"]),
                yes_no(one.get("connected")),
                one["pending"]["live"],
                one["pending"]["history"],
                (one.get("fault") or {}).get("code"),
            )
            for one in answer["sinks"]
        ],
        "there is no sink: dlmslite-bridge sink add",
    )


@sink.command("set")
@click.argument("name")
@click.argument("url", required=False)
@click.option("--mode", help="ThingsBoard: gateway, device or legacy.")
@_tokens_option
@_meters_option
@click.option("--ca-file", help="Certificates to trust instead of the system's.")
@click.option("--cert-file", help="A client certificate.")
@click.option("--key-file", help="Its private key.")
@click.option("--on/--off", "enabled", default=None, help="Whether it is delivered to.")
@click.option("--force", is_flag=True, help="Save it even if the test fails.")
@secret_options("token", "of ThingsBoard")
@secret_options("password", "of the broker's user")
@common_options
@click.pass_context
def change(
    ctx: click.Context,
    /,
    name: str,
    url: str | None,
    enabled: bool | None,
    force: bool,
    tokens_file: Path | None,
    token_prompt: bool,
    token_file: Path | None,
    token_env: str | None,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    as_json: bool,
    **options: str | None,
) -> None:
    """Change a sink; the new settings are tested before they are saved, nothing is left out."""
    found = _said(options)
    way = door(ctx)
    if url is not None:
        kind, place = sink_of_url(url)
        found = {**place, **found}
        _same_kind(way, name, kind)
    secret = given("token", token_prompt, token_file, token_env)
    if secret is None:
        secret = given("password", password_prompt, password_file, password_env)
    body: dict[str, Any] = {"options": found, "force": force}
    if secret is not None:
        body["secret"] = secret
    if tokens_file is not None:
        body["tokens"] = given_each("token", tokens_file)
    if enabled is not None:
        body["enabled"] = enabled
    if body == {"options": {}, "force": force}:
        raise click.UsageError("say what changes: a URL, an option, a secret, --on or --off", ctx)
    result = follow(way, way.ask("PATCH", f"/api/sinks/{segment(name)}", body), TEST_SECONDS)
    if as_json:
        say({"success": result["saved"], "result": result})
    else:
        for line in _lines(result, name) if result["tested"] else ():
            console().print(line, markup=False)
        done = (
            "is changed" if result["saved"] else "stays as it was; --force changes it all the same"
        )
        console().print(f"{name} {done}", markup=False)
    if not (result["saved"] and result["ok"]):
        ctx.exit(Exit.FAILED)


@sink.command("rm")
@click.argument("name")
@common_options
@click.pass_context
def remove(ctx: click.Context, name: str, as_json: bool) -> None:
    """Remove a sink with its cursors and dead letters; what is stored stays."""
    answer = door(ctx).ask("DELETE", f"/api/sinks/{segment(name)}")
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


@sink.command("test")
@click.argument("name")
@common_options
@click.pass_context
def test(ctx: click.Context, name: str, as_json: bool) -> None:
    """Connect, publish, and find out whether anybody listens."""
    way = door(ctx)
    started = way.ask("POST", f"/api/sinks/{segment(name)}/test")
    _conclude(ctx, follow(way, started, TEST_SECONDS), name, as_json)


@sink.command("provision-thingsboard")
@click.argument("url")
@click.option("--user", required=True, help="A tenant administrator of ThingsBoard.")
@secret_options("password", "of that user")
@click.option("--name", default="thingsboard", show_default=True, help="The name of the sink.")
@click.option("--device", default="dlmslite", show_default=True, help="The gateway's name there.")
@click.option("--mqtt", help="Its MQTT door, if it is not thingsboard://HOST:1883.")
@click.option("--ca-file", help="Certificates to trust instead of the system's.")
@common_options
@click.pass_context
def provision_thingsboard(
    ctx: click.Context,
    /,
    url: str,
    user: str,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    name: str,
    device: str,
    mqtt: str | None,
    ca_file: str | None,
    as_json: bool,
) -> None:
    """Make the gateway device in ThingsBoard, keep its token, forget the login, test the sink."""
    host = checked(url)
    kind, options = sink_of_url(mqtt or f"thingsboard://{f'[{host}]' if ':' in host else host}")
    if kind != "thingsboard":
        raise ConfigError(
            "it is no door of ThingsBoard", key="mqtt", hint="thingsboard://HOST:1883"
        )
    if ca_file and options.get("tls"):
        options["ca_file"] = ca_file
    way = door(ctx)  # before the login: no device is made that nothing delivers to
    _not_taken(way, name)
    password = given("password", password_prompt, password_file, password_env)
    if password is None:
        raise click.UsageError("say where the password is: --password-prompt, -file or -env", ctx)
    gateway = provision(url, user, password, device, ca_file or "")
    if not as_json:
        there = "is made" if gateway.made else "was there already"
        console().print(f"the gateway device {device} {there}", markup=False)
    body = {"name": name, "kind": kind, "options": options, "secret": gateway.token}
    _conclude(ctx, follow(way, way.ask("POST", "/api/sinks", body), TEST_SECONDS), name, as_json)


def _not_taken(way: Door, name: str) -> None:
    if any(one["name"] == name for one in way.ask("GET", "/api/sinks")["sinks"]):
        raise NameTaken(f"there is a sink {name!r} already", hint="choose another with --name")


def _said(options: Mapping[str, str | None]) -> dict[str, Any]:
    """The options that were given."""
    said: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    if "meters" in said:
        said["meters"] = [name for name in said["meters"].split(",") if name]
    return said


def _same_kind(way: Door, name: str, kind: str) -> None:
    """A sink keeps its kind: its cursors would mean something else in another one."""
    for one in way.ask("GET", "/api/sinks")["sinks"]:
        if one["name"] == name and one["kind"] != kind:
            raise ConfigError(
                f"{name} is {one['kind']}, and this is {kind}",
                key="url",
                hint="add a sink of another name, and remove this one",
            )


def _conclude(ctx: click.Context, result: Mapping[str, Any], name: str, as_json: bool) -> None:
    """Show how the test went; if it failed the exit code is 1, and an added sink stays added."""
    if as_json:
        say({"success": True, "result": result})
    else:
        for line in _lines(result, name):
            console().print(line, markup=False)
    if not result["ok"]:
        ctx.exit(Exit.FAILED)


def _lines(result: Mapping[str, Any], name: str) -> Iterator[str]:
    if result["protocol"]:
        yield f"connected: MQTT {result['protocol']}"
    if result["acknowledged"]:
        yield "published: acknowledged"
    if result["code"]:
        yield f"{result['code']}: {result['message']}"
        if result["code"] == "E-SINK-UNREACHABLE":
            yield "  → check host and port, and whether the broker runs and listens there"
        if result["code"] == "E-SINK-NO-THINGSBOARD":
            yield "  → check that this is ThingsBoard's own port, and the token that of a gateway"
    if result["listening"] is not None:
        yield f"somebody listens: {'yes' if result['listening'] else 'no'}"
    if result["warning"]:
        yield f"warning {result['warning']}: what is published now reaches nobody"
    if result.get("note"):
        yield f"note: {result['note']}"
    if result.get("saved") and "tested" not in result:
        tried = (
            "" if result["ok"] else f", and tried until it answers; sink rm {name} takes it back"
        )
        yield f"{name} is added{tried}"


register("sink", Shelf.SET_UP, sink)
