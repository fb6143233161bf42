"""``status``: all of one meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import RenderableType

from dlmslite_daemon.cli.commands.base import (
    Action,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import age, console, make_pairs, moment, percent, table_or
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.cli.watch import several, watch_option, watched

_FINE = {"online", "paused", "running"}  # running is all that the store alone can say


@click.command("status", cls=Action)
@click.argument("meter")
@watch_option
@common_options
@click.pass_context
def status(ctx: click.Context, meter: str, watch: bool, as_json: bool) -> None:
    """All of one meter: session, values, errors, delivery, breaker, next attempt."""
    way, path = door(ctx, offline=True), f"/api/meters/{segment(meter)}/status"
    if watch:
        watched(lambda: _drawn(way.ask("GET", path)["status"]))
        return
    answer = way.ask("GET", path)
    view = answer["status"]
    if as_json:
        say(answer)
    else:
        console().print(_drawn(view))
    if view["status"] not in _FINE:
        ctx.exit(Exit.FAILED)


def _drawn(view: Mapping[str, Any]) -> RenderableType:
    alarms = table_or(
        [">alarm", "severity", "code", "since", "message"],
        [
            (one["id"], _loudness(one), one["code"], moment(one["raised"]), one["message"])
            for one in view["active_alarms"]
        ],
        "no alarm is open",
    )
    return several(make_pairs(_facts(view)), _values(view), _delivery(view), alarms)


def _facts(view: Mapping[str, Any]) -> list[tuple[str, Any]]:
    polls = view.get("polls") or {}
    session = view.get("session") or {}
    breaker = view.get("breaker") or {}
    fault = view.get("fault") or {}
    settings = view["settings"]
    return [
        ("meter", f"{view['name']} (id {view['id']})"),
        ("line", view["url"]),
        ("client, server", f"{view['client_id']}, {view['server_id']}"),
        ("serial number", view["serial_number"]),
        ("authentication", settings["auth"]),
        ("desired", view["desired"]),
        ("observed", view["observed"]),
        ("because", view["reason"] or None),
        ("since", moment(view.get("since"))),
        ("association", session.get("association") or None),
        ("session since", moment(session.get("since"))),
        ("associations 24h", session.get("associations_24h")),
        ("lost sessions 1h, 24h", _both(session, "reassociations_1h", "reassociations_24h")),
        ("polls complete, due", _both(polls, "complete", "due")),
        ("success 1h", percent(view["success_1h"])),
        ("p50, p95, p99", _latency(polls.get("latency"))),
        ("deadlines", _each(polls.get("deadlines"), "s")),
        ("protocol errors", _each(view.get("protocol_errors"))),
        ("breaker", _breaker(breaker)),
        ("line load", percent((view.get("line_load") or {}).get("share"))),
        ("waits", _waits(view.get("policies") or ())),
        ("next attempt", moment(polls.get("next_attempt") or breaker.get("until"))),
        ("last reading", _last(view)),
        ("last error", f"{fault['code']}: {fault['message']}" if fault else None),
        ("at", moment(fault.get("at_ms"))),
        ("next step", fault.get("hint") or None),
    ]


def _values(view: Mapping[str, Any]) -> RenderableType:
    series = {one["key"]: one for one in view.get("series") or ()}
    rows = []
    for key in dict.fromkeys([*series, *view["values"]]):
        value, seen = view["values"].get(key, {}), series.get(key, {})
        rows.append(
            (
                key,
                value.get("value"),
                value.get("unit"),
                moment(value.get("ts")),
                seen.get("state"),
                percent(seen.get("success")),
                _latency(seen.get("latency")),
                seen.get("error") or None,
            )
        )
    heads = ["series", ">value", "unit", "time", "state", ">success", "p50, p95, p99", "error"]
    return table_or(heads, rows, "it has no series: dlmslite-bridge series add")


def _delivery(view: Mapping[str, Any]) -> RenderableType:
    return table_or(
        ["sink", ">sent", ">acknowledged", ">pending live", ">pending history", ">oldest"],
        [
            (
                one["sink"],
                one["sent"],
                one["acknowledged"],
                one["pending"]["live"],
                one["pending"]["history"],
                age(one["oldest_pending_age"]),
            )
            for one in view["delivery"]
        ],
        "there is no sink: dlmslite-bridge sink add",
    )


def _breaker(breaker: Mapping[str, Any]) -> str | None:
    if not breaker:
        return None
    until = moment(breaker["until"])
    return f"{breaker['state']}, {breaker['failures']} failures" + (
        f", until {until}" if until else ""
    )


def _waits(policies: Sequence[Mapping[str, Any]]) -> str | None:
    """The policies that let no try through now, and until when."""
    words = [
        f"{one['policy']} until {moment(one['until'])}" if one["until"] else one["policy"]
        for one in policies
        if one["action"] in {"wait", "stop"}
    ]
    return ", ".join(words) or None


def _latency(latency: Mapping[str, Any] | None) -> str | None:
    return ", ".join(f"{float(seconds):.3f}s" for seconds in (latency or {}).values()) or None


def _loudness(alarm: Mapping[str, Any]) -> str:
    words = [
        alarm["severity"],
        "muted" if alarm["muted"] else "",
        "acknowledged" if alarm["acknowledged"] else "",
    ]
    return ", ".join(word for word in words if word)


def _each(table: Mapping[str, Any] | None, unit: str = "") -> str | None:
    return ", ".join(f"{name} {value}{unit}" for name, value in (table or {}).items()) or None


def _both(table: Mapping[str, Any], one: str, other: str) -> str | None:
    return f"{table[one]}, {table[other]}" if table else None


def _last(view: Mapping[str, Any]) -> str | None:
    ago = age(view["last_reading_age"])
    return f"{moment(view['last_reading'])} ({ago} ago)" if ago else None


register("status", Shelf.EVERY_DAY, status)
