"""``sink add|test``: where readings go."""

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
from dlmslite_daemon.cli.output import console
from dlmslite_daemon.cli.places import sink_of_url
from dlmslite_daemon.cli.reach import follow, segment
from dlmslite_daemon.cli.secret import given, secret_options

TEST_SECONDS = 60.0


@click.group("sink", cls=Actions)
def sink() -> None:
    """Where readings go: add, test."""


@sink.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--mode", help="ThingsBoard: gateway.")
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
    found |= {key: value for key, value in options.items() if value is not None}
    secret = given("token", token_prompt, token_file, token_env)
    if secret is None:
        secret = given("password", password_prompt, password_file, password_env)
    body = {"name": name, "kind": kind, "options": found, "from_beginning": from_beginning}
    if secret is not None:
        body["secret"] = secret
    way = door(ctx)
    _conclude(ctx, follow(way, way.ask("POST", "/api/sinks", body), TEST_SECONDS), name, as_json)


@sink.command("test")
@click.argument("name")
@common_options
@click.pass_context
def test(ctx: click.Context, name: str, as_json: bool) -> None:
    """Connect, publish, and find out whether anybody listens."""
    way = door(ctx)
    started = way.ask("POST", f"/api/sinks/{segment(name)}/test")
    _conclude(ctx, follow(way, started, TEST_SECONDS), name, as_json)


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
    if result["listening"] is not None:
        yield f"somebody listens: {'yes' if result['listening'] else 'no'}"
    if result["warning"]:
        yield f"warning {result['warning']}: what is published now reaches nobody"
    if result.get("saved"):
        yield f"{name} is added"


register("sink", Shelf.SET_UP, sink)
