"""``status``: all of one meter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import (
    Action,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import age, console, moment, percent, show_pairs, show_table
from dlmslite_daemon.cli.reach import segment

_FINE = {"online", "paused", "running"}  # running is all that the store alone can say


@click.command("status", cls=Action)
@click.argument("meter")
@common_options
@click.pass_context
def status(ctx: click.Context, meter: str, as_json: bool) -> None:
    """All of one meter: session, values, errors, delivery, breaker, next attempt."""
    answer = door(ctx, offline=True).ask("GET", f"/api/meters/{segment(meter)}/status")
    view = answer["status"]
    if as_json:
        say(answer)
    else:
        _show(view)
    if view["status"] not in _FINE:
        ctx.exit(Exit.FAILED)


def _show(view: Mapping[str, Any]) -> None:
    polls = view.get("polls") or {}
    session = view.get("session") or {}
    breaker = view.get("breaker") or {}
    latency = polls.get("latency") or {}
    fault = view.get("fault") or {}
    show_pairs(
        [
            ("meter", f"{view['name']} (id {view['id']})"),
            ("line", view["url"]),
            ("client, server", f"{view['client_id']}, {view['server_id']}"),
            ("desired", view["desired"]),
            ("observed", view["observed"]),
            ("because", view["reason"] or None),
            ("since", moment(view.get("since"))),
            ("association", session.get("association") or None),
            ("connects, lost sessions", _both(session, "connects", "reassociations")),
            ("polls complete, due", _both(polls, "complete", "due")),
            ("success 1h", percent(view["success_1h"])),
            ("p50, p95, p99", ", ".join(f"{s:.3f}s" for s in map(float, latency.values())) or None),
            ("deadlines", _each(polls.get("deadlines"), "s")),
            ("protocol errors", _each(view.get("protocol_errors"))),
            ("breaker", breaker.get("state")),
            ("next attempt", moment(polls.get("next_attempt") or breaker.get("until"))),
            ("last reading", _last(view)),
            ("last error", f"{fault['code']}: {fault['message']}" if fault else None),
            ("next step", fault.get("hint") or None),
        ]
    )
    series = {one["key"]: one for one in view.get("series") or ()}
    console().print()
    show_table(
        ["series", ">value", "unit", "time", "state", ">good", ">asked", "error"],
        [
            (
                key,
                view["values"].get(key, {}).get("value"),
                view["values"].get(key, {}).get("unit"),
                moment(view["values"].get(key, {}).get("ts")),
                series.get(key, {}).get("state"),
                series.get(key, {}).get("good"),
                series.get(key, {}).get("asked"),
                series.get(key, {}).get("error") or None,
            )
            for key in dict.fromkeys([*series, *view["values"]])
        ],
        "it has no series: dlmslite-bridge series add",
    )
    console().print()
    show_table(
        ["sink", ">acknowledged", ">pending live", ">pending history"],
        [
            (s["sink"], s["acknowledged"], s["pending"]["live"], s["pending"]["history"])
            for s in view["delivery"]
        ],
        "there is no sink: dlmslite-bridge sink add",
    )
    for alarm in view["active_alarms"]:
        console().print(f"alarm {alarm['code']}: {alarm['message']}", markup=False)


def _each(table: Mapping[str, Any] | None, unit: str = "") -> str | None:
    return ", ".join(f"{name} {value}{unit}" for name, value in (table or {}).items()) or None


def _both(table: Mapping[str, Any], one: str, other: str) -> str | None:
    return f"{table[one]}, {table[other]}" if table else None


def _last(view: Mapping[str, Any]) -> str | None:
    ago = age(view["last_reading_age"])
    return f"{moment(view['last_reading'])} ({ago} ago)" if ago else None


register("status", Shelf.EVERY_DAY, status)
