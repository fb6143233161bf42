"""``readings``: what is stored of a meter."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import console, moment, show_table
from dlmslite_daemon.cli.places import when
from dlmslite_daemon.cli.reach import Door, segment
from dlmslite_daemon.clock import SystemClock

SHOWN = 50  # readings in a table when nothing else is said
PAGE = 5000  # readings asked for at once
_FIELDS = ("series", "ts", "value", "unit", "raw", "scaler", "source", "quality")


@click.command("readings", cls=Action)
@click.argument("meter")
@click.option("--since", help="From then on: 90s, 6h, 2d, 2026-03-01T12:00Z or ms UTC.")
@click.option("--until", help="Before then.")
@click.option("--series", help="Only this series.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV, with a head.")
@common_options
@click.pass_context
def readings(
    ctx: click.Context,
    meter: str,
    since: str | None,
    until: str | None,
    series: str | None,
    limit: int | None,
    as_csv: bool,
    as_json: bool,
) -> None:
    """What is stored of a meter, oldest first; a table shows the newest 50 unless told."""
    now_ms = SystemClock().utc_ms()
    query = {
        "since": when(since, now_ms) if since else None,
        "until": when(until, now_ms, "until") if until else None,
        "series": series,
    }
    short = not (since or limit or as_csv or as_json)
    wanted = SHOWN if short else limit
    rows, more = _pages(door(ctx, offline=True), meter, query, wanted)
    if as_json:
        say(rows)
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_FIELDS)
        writer.writerows([_csv_cell(row[field]) for field in _FIELDS] for row in rows)
    else:
        _show(rows)
        if more and short:
            console().print("older ones: --since, --limit")


def _pages(
    way: Door, meter: str, query: dict[str, Any], wanted: int | None
) -> tuple[list[dict[str, Any]], bool]:
    """The newest readings of a span, oldest first, and whether there are older ones."""
    pages: list[list[dict[str, Any]]] = []
    count = 0
    until = query["until"]
    while True:
        size = PAGE if wanted is None else min(PAGE, wanted - count + 1)
        answer = way.ask(
            "GET",
            f"/api/meters/{segment(meter)}/readings",
            query={**query, "until": until, "limit": max(1, size)},
        )
        pages.append(answer["readings"])
        count += len(answer["readings"])
        until = answer["next_until"]
        if until is None or (wanted is not None and count >= wanted):
            break
    rows = [row for page in reversed(pages) for row in page]
    cut = 0 if wanted is None else max(0, len(rows) - wanted)
    return rows[cut:], until is not None or cut > 0


def _show(rows: Sequence[dict[str, Any]]) -> None:
    show_table(
        ["time", "series", ">value", "unit", "source", "quality"],
        [
            (moment(r["ts"]), r["series"], r["value"], r["unit"], r["source"], r["quality"])
            for r in rows
        ],
        "nothing is stored",
    )


def _csv_cell(value: Any) -> Any:
    return format(value, "f") if hasattr(value, "as_tuple") else value


register("readings", Shelf.EVERY_DAY, readings)
