"""``meter set|swap``: changes of a meter that stands, and what became of a trial of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Exit, common_options, door, say
from dlmslite_daemon.cli.commands.policy import parse_policies
from dlmslite_daemon.cli.output import console
from dlmslite_daemon.cli.reach import follow, segment
from dlmslite_daemon.cli.secret import given, secret_options

TRY_SECONDS = 90.0  # a first association over a slow line, and an object list


@click.command("set", cls=Action)
@click.argument("meter")
@click.option("--url", help="Where it is, and how it is spoken to.")
@click.option("--host", help="It moved to this host; who answers there is checked.")
@click.option("--port", type=int, help="It moved to this port.")
@click.option("--client", type=int, help="The client address; 16 is the public client.")
@click.option("--server", type=int, help="The server address: the logical device.")
@click.option("--physical", type=int, help="The physical device, if it has one.")
@click.option("--auth", type=click.Choice(["none", "lls"]), help="How it is let in.")
@secret_options("password", "of the meter")
@click.option("--every", type=float, help="The poll interval in seconds.")
@click.option("--timeout", type=float, help="The response timeout in seconds.")
@click.option("--pause", type=float, help="Seconds between an answer and the next request.")
@click.option("--release-after", type=float, help="Release when the interval is longer.")
@click.option("--zone", help="The time zone of its clock.")
@click.option("--profile", help="Device profiles by name: they fill in what is not said.")
@click.option(
    "--battery/--no-battery", default=None, help="Whether it lives on a battery.", is_flag=True
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME.KEY=VALUE",
    help="A number of a policy for this meter, such as breaker.limit=5; empty takes it back.",
)
@click.option("--force", is_flag=True, help="Save it even if the meter does not accept it.")
@common_options
@click.pass_context
def change(
    ctx: click.Context,
    /,
    meter: str,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    policies: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Change a meter: the new settings are tried first, the old ones stay until accepted."""
    # A flag that is not given is False and says nothing; --no-battery says something.
    body = {key: value for key, value in options.items() if value is not None}
    if not body["force"]:
        del body["force"]
    secret = given("password", password_prompt, password_file, password_env)
    if secret is not None:
        body["password"] = secret
        body.setdefault("auth", "lls")
    if policies:
        body["policies"] = parse_policies(policies)
    if not body.keys() - {"force"}:
        raise click.UsageError("say what changes, such as --every 30", ctx)
    way = door(ctx)
    started = way.ask("PATCH", f"/api/meters/{segment(meter)}", body)
    result = follow(way, started, TRY_SECONDS)
    _finish(ctx, result, f"{meter} is changed", f"{meter} stays as it was", as_json=as_json)


@click.command("swap", cls=Action)
@click.argument("meter")
@click.option("--serial", default="", help="What its label says; another one is refused.")
@common_options
@click.pass_context
def swap(ctx: click.Context, meter: str, serial: str, as_json: bool) -> None:
    """Confirm that another meter stands there now: it is asked who it is, and read from then on."""
    way = door(ctx)
    started = way.ask("POST", f"/api/meters/{segment(meter)}/swap", {"serial": serial})
    result = follow(way, started, TRY_SECONDS)
    before, now = result["serial_known"] or "nobody", result["serial"] or "one that tells no number"
    done = f"{meter} is {now} from now on, and was {before}"
    _finish(ctx, result, done, f"{meter} stays {before}", as_json=as_json)


def _finish(
    ctx: click.Context, result: Mapping[str, Any], done: str, not_done: str, *, as_json: bool
) -> None:
    if as_json:
        say({"success": True, "result": result})
    else:
        show_trial(result)
        click.echo(done if result["saved"] else not_done)
    if not result["saved"]:
        ctx.exit(Exit.FAILED)


def show_trial(result: Mapping[str, Any]) -> None:
    """How a trial went, what its line's polls take, and what an operator should know."""
    out = console()
    if result["association"]:
        out.print(f"associated: {result['association']}", markup=False)
    if result.get("serial"):
        out.print(f"serial number: {result['serial']}", markup=False)
    for value in result["values"]:
        text = f"{value['text']} {value['unit']}" if value["text"] is not None else value["error"]
        out.print(f"{value['key']} ({value['obis']}): {text}", markup=False)
    fault = result["fault"]
    if fault:
        out.print(f"{fault['code']}: {fault['message']}", markup=False)
        if fault["hint"]:
            out.print(f"  → {fault['hint']}", markup=False)
    _show_load(result)
    show_warnings(result["warnings"])


def show_warnings(warnings: Sequence[Mapping[str, Any]]) -> None:
    """What an operator should know, on standard error."""
    for warning in warnings:
        click.echo(f"{warning['code']}: {warning['message']}", err=True)


def _show_load(result: Mapping[str, Any]) -> None:
    if result["poll_seconds"] is None:
        return
    load = result["load"]
    percent = f"{float(load['share']):.0%}"
    console().print(
        f"a poll takes {result['poll_seconds']} s; the line {load['line']} is taken {percent}",
        markup=False,
    )
