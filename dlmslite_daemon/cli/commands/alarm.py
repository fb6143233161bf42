"""``alarm list|ack|clear|mute|unmute``: what needs a look, and what does not any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Actions, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import console, moment, show_table
from dlmslite_daemon.cli.places import later
from dlmslite_daemon.cli.reach import Door
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import ConfigError

PAGE = 1000  # alarms asked for at once
SHOWN = 100  # alarms shown when nothing else is said


@click.group("alarm", cls=Actions)
def alarm() -> None:
    """What needs a look: list, ack, clear, mute, unmute."""


@alarm.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@click.option("--meter", help="Only of this meter.")
@click.option(
    "--limit", type=click.IntRange(1), default=SHOWN, show_default=True, help="At most so many."
)
@common_options
@click.pass_context
def list_alarms(
    ctx: click.Context, every: bool, meter: str | None, limit: int, as_json: bool
) -> None:
    """Open alarms, newest first, and what is muted."""
    alarms, mutes, more = _pages(door(ctx, offline=True), every, meter, limit)
    if as_json:
        say({"success": True, "count": len(alarms), "alarms": alarms, "mutes": mutes})
        return
    show_table(
        [">id", "severity", "code", "subject", "raised", ">count", "state", "message"],
        [
            (
                one["id"],
                one["severity"],
                one["code"],
                one["subject"],
                moment(one["raised"]),
                one["count"],
                _state(one),
                one["message"],
            )
            for one in alarms
        ],
        "there is no alarm" if every else "there is no open alarm",
    )
    if mutes:
        console().print()
    for mute in mutes:
        until = moment(mute["until"]) or "unmuted"
        text = f"muted until {until}: {mute['code'] or 'every alarm'}"
        whose = f" of {mute['subject']}" if mute["subject"] else ""
        console().print(text + whose, markup=False)
    if more:
        console().print("older ones: --limit", markup=False)


@alarm.command("ack")
@click.argument("number", type=click.IntRange(1))
@common_options
@click.pass_context
def acknowledge(ctx: click.Context, number: int, as_json: bool) -> None:
    """Say that you have seen an alarm; it stays open until it clears."""
    _tell(door(ctx).ask("POST", f"/api/alarms/{number}/ack"), as_json)


@alarm.command("clear")
@click.argument("number", type=click.IntRange(1))
@common_options
@click.pass_context
def clear(ctx: click.Context, number: int, as_json: bool) -> None:
    """End an alarm by hand; it comes again if what it is about still holds."""
    _tell(door(ctx).ask("POST", f"/api/alarms/{number}/clear"), as_json)


def _which(function: Any) -> Any:
    """Add the argument and the options that name what is muted."""
    subject = click.option("--subject", help="Of sink:NAME, or of bridge.")
    meter = click.option("--meter", help="Of this meter only; every code when none is given.")
    return click.argument("what", required=False, metavar="[CODE|N]")(meter(subject(function)))


@alarm.command("mute")
@_which
@click.option("--for", "span", help="How long: 30min, 6h, 2d.")
@click.option("--until", help="Until then: 2026-03-01T12:00Z. Without either, for good.")
@common_options
@click.pass_context
def mute(
    ctx: click.Context,
    what: str | None,
    meter: str | None,
    subject: str | None,
    span: str | None,
    until: str | None,
    as_json: bool,
) -> None:
    """Do not send alarms of a code, of a meter, or like alarm N; they are still recorded."""
    if span and until:
        raise click.UsageError("say --for or --until, not both", ctx)
    text, key = (span, "for") if span else (until, "until")
    end = later(text, SystemClock().utc_ms(), key) if text else None
    _mute_or_not(ctx, "mute", _named(what, meter, subject), {"until": end}, as_json)


@alarm.command("unmute")
@_which
@common_options
@click.pass_context
def unmute(
    ctx: click.Context, what: str | None, meter: str | None, subject: str | None, as_json: bool
) -> None:
    """Send them again; at once what is open."""
    _mute_or_not(ctx, "unmute", _named(what, meter, subject), {}, as_json)


def _mute_or_not(
    ctx: click.Context,
    verb: str,
    named: Mapping[str, str] | int,
    more: Mapping[str, Any],
    as_json: bool,
) -> None:
    way = door(ctx)
    if isinstance(named, int):
        answer = way.ask("POST", f"/api/alarms/{named}/{verb}", more or None)
    else:
        answer = way.ask("POST", f"/api/alarms/{verb}", {**named, **more})
    _tell(answer, as_json)


def _named(what: str | None, meter: str | None, subject: str | None) -> dict[str, str] | int:
    """What is meant: the number of an alarm, or a code and a subject."""
    named = {"code": what, "meter": meter, "subject": subject}
    given = {key: value for key, value in named.items() if value}
    if not given:
        raise ConfigError("say a CODE, an alarm's number, or --meter", key="what", code="E-USAGE")
    if what and what.isdigit():
        if len(given) > 1:
            raise ConfigError("a number names code and subject already", key="what", code="E-USAGE")
        return int(what)
    return given


def _tell(answer: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


def _state(one: Mapping[str, Any]) -> str:
    words = [] if one["active"] else [f"over {moment(one['cleared'])}"]
    words += ["muted"] if one["muted"] else []
    words += [f"acknowledged by {one['acknowledged_by']}"] if one["acknowledged"] else []
    words += [f"came back {one['flaps']} times"] if one["flaps"] else []
    return ", ".join(words) or "open"


def _pages(
    way: Door, every: bool, meter: str | None, limit: int
) -> tuple[list[dict[str, Any]], Sequence[dict[str, Any]], bool]:
    """So many alarms, what is muted, and whether there are more."""
    alarms: list[dict[str, Any]] = []
    before = None
    while True:
        query = {"all": "true" if every else None, "meter": meter, "before": before}
        size = min(PAGE, limit - len(alarms))
        answer = way.ask("GET", "/api/alarms", query={**query, "limit": size})
        alarms += answer["alarms"]
        before = answer["next_before"]
        if before is None or len(alarms) >= limit:
            return alarms, answer["mutes"], before is not None


register("alarm", Shelf.UPKEEP, alarm)
