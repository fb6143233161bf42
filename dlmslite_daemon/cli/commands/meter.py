"""``meter add|set|swap|rm|import|export``: which meters are read."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
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
    report,
    say,
)
from dlmslite_daemon.cli.commands.meter_set import TRY_SECONDS, change, show_trial, swap
from dlmslite_daemon.cli.commands.policy import parse_policies
from dlmslite_daemon.cli.output import console, show_table
from dlmslite_daemon.cli.progress import telling
from dlmslite_daemon.cli.reach import Refused, follow, segment
from dlmslite_daemon.cli.secret import given, secret_options
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.base import parse_series
from dlmslite_daemon.importers.tables import Format, format_of, template

READY = 10  # series that are proposed at once
IMPORT_SECONDS = 3600.0  # many meters on few lines, each tried first


@click.group("meter", cls=Actions)
def meter() -> None:
    """Which meters are read: add, set, swap, rm, import, export."""


meter.add_command(change)
meter.add_command(swap)


@meter.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--client", type=int, help="The client address; 16 is the public client.")
@click.option("--server", type=int, help="The server address: the logical device.")
@click.option("--physical", type=int, help="The physical device, if it has one.")
@click.option("--auth", type=click.Choice(["none", "lls"]), help="How it is let in.")
@secret_options("password", "of the meter")
@click.option("--series", multiple=True, metavar="KEY=OBIS[:ATTR]", help="What is read.")
@click.option("--every", type=float, help="The poll interval in seconds.")
@click.option("--timeout", type=float, help="The response timeout in seconds.")
@click.option("--profile", help="Device profiles by name: they fill in what is not said.")
@click.option("--serial", help="Its serial number, where a profile addresses it by that.")
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME.KEY=VALUE", help="As for meter set."
)
@click.option("--force", is_flag=True, help="Save it even if the trial fails.")
@common_options
@click.pass_context
def add(
    ctx: click.Context,
    /,
    name: str,
    url: str,
    password_prompt: bool,
    password_file: Path | None,
    password_env: str | None,
    series: tuple[str, ...],
    policies: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Try a meter, then save it and poll it; without --series or --profile, offer what it has."""
    wanted = [parse_series(text) for text in series]
    body: dict[str, Any] = {"name": name, "url": url}
    body |= {key: value for key, value in options.items() if value is not None}
    secret = given("password", password_prompt, password_file, password_env)
    if secret is not None:
        body["password"] = secret
        body.setdefault("auth", "lls")
    if policies:
        body["policies"] = parse_policies(policies)
    body["series"] = [{"key": s.key, "obis": s.obis, "attribute": s.attribute} for s in wanted]
    way = door(ctx)
    result = follow(way, way.ask("POST", "/api/meters", body), TRY_SECONDS)
    if not wanted and not result["saved"] and not as_json:
        chosen = _choose(result["offer"]) if result["ok"] else []
        if chosen:
            body["series"] = chosen
            result = follow(way, way.ask("POST", "/api/meters", body), TRY_SECONDS)
    if as_json:
        say({"success": True, "result": result})
    else:
        _show(name, result)
    if not result["saved"]:
        ctx.exit(Exit.FAILED)


@meter.command("rm")
@click.argument("meter")
@common_options
@click.pass_context
def remove(ctx: click.Context, meter: str, as_json: bool) -> None:
    """Remove a meter; what is stored of it is still delivered."""
    answer = door(ctx).ask("DELETE", f"/api/meters/{segment(meter)}")
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


_FORMAT = click.Choice([one.value for one in Format])


@meter.command("import")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--format", "form", type=_FORMAT, help="Else the name tells.")
@click.option("--dry-run", is_flag=True, help="Check, and apply nothing.")
@click.option("--partial", is_flag=True, help="Apply the sound rows when some are not.")
@click.option("--try", "trial", is_flag=True, help="Try each meter before anything is saved.")
@click.option("--template", "blank", is_flag=True, help="Print a file to begin with.")
@common_options
@click.pass_context
def import_table(
    ctx: click.Context,
    /,
    file: Path | None,
    form: str | None,
    blank: bool,
    as_json: bool,
    **how: bool,
) -> None:
    """Add the meters of a CSV, JSON or TOML file; nothing is applied if a row has a fault."""
    if blank:
        click.echo(template(Format(form or Format.CSV)), nl=False)
        return
    if file is None:
        raise click.UsageError("name a FILE, or ask for a --template", ctx)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8", hint="save it as UTF-8") from error
    body = {"format": form or format_of(file.name), "text": text, **how}
    way = door(ctx)
    try:
        answer = way.ask("POST", "/api/meters/import", body)
    except Refused as error:
        if as_json:
            say(error.answer)
        else:
            report(error, as_json=False)
            _faults(error.answer.get("faults", ()))
        ctx.exit(Exit.FAILED)
    if how["trial"]:
        with telling() as tell:
            answer = {"success": True, **follow(way, answer, IMPORT_SECONDS, tell)}
    if as_json:
        say(answer)
    else:
        _faults(answer["faults"])
        done = "are added" if answer["applied"] else "can be added; nothing was applied"
        click.echo(f"{answer['count']} of {answer['rows']} meters {done}")
    if answer["faults"]:
        ctx.exit(Exit.FAILED)


@meter.command("export")
@click.argument("meters", nargs=-1, metavar="[METER]...")
@click.option(
    "--format",
    "form",
    type=_FORMAT,
    default=Format.TOML.value,
    show_default=True,
    help="What it is written in.",
)
@common_options
@click.pass_context
def export_table(ctx: click.Context, meters: tuple[str, ...], form: str, as_json: bool) -> None:
    """Print meters as a file for 'meter import'; all of them unless some are named."""
    query = {"format": form, "meter": list(meters) or None}
    answer = door(ctx, offline=True).ask("GET", "/api/meters/export", query=query)
    if as_json:
        say(answer)
        return
    click.echo(answer["text"], nl=False)
    for name, variable in answer["variables"].items():
        click.echo(f"the password of {name} is sealed here; give it as {variable}", err=True)


def _faults(faults: Sequence[Mapping[str, Any]]) -> None:
    if faults:
        rows = [(fault["row"], fault["column"] or None, fault["message"]) for fault in faults]
        show_table([">row", "column", "fault"], rows, "")


_CODED = re.compile(r"^obis_|_t\d+$")  # keys of what has no name, and of single tariffs


def can_ask() -> bool:
    """Whether somebody sits at the other end who can answer."""
    return sys.stdin.isatty()


def _choose(offer: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Show what a meter has and ask which of it; nobody is asked where nobody can answer."""
    show_table(
        [">", "key", "obis", ">class"],
        [(n, o["key"], o["obis"], o["class_id"]) for n, o in enumerate(offer, 1)],
        "it answers, but its list has no values",
    )
    if not offer or not can_ask():
        return []
    answer = click.prompt("Which (such as 1 3 4; nothing for none)", default="", err=True)
    numbers = [int(word) for word in answer.replace(",", " ").split() if word.isdigit()]
    return [dict(offer[n - 1]) for n in dict.fromkeys(numbers) if 1 <= n <= len(offer)]


def _show(name: str, result: Mapping[str, Any]) -> None:
    show_trial(result)
    out = console()
    if result["saved"]:
        out.print(f"{name} is added and polled", markup=False)
    elif result["offer"]:
        out.print(f"{name} is not saved: say what is read with --series KEY=OBIS", markup=False)
        if ready := _ready(result["offer"]):
            click.echo(f"for example: {ready}")  # one line, whatever the screen: it is copied
    else:
        out.print(f"{name} is not saved; --force saves it as it is", markup=False)


def _ready(offer: Sequence[Mapping[str, Any]]) -> str:
    """Options that read what has a name of its own, of all tariffs together."""
    named = [one for one in offer if one["class_id"] in {None, 3} and not _CODED.search(one["key"])]
    return " ".join(f"--series {one['key']}={one['obis']}" for one in named[:READY])


register("meter", Shelf.EVERY_DAY, meter)
