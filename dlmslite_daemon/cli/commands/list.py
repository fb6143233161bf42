"""``list``: every meter in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import Sheet, age, console, percent, table_or
from dlmslite_daemon.cli.reach import Door
from dlmslite_daemon.cli.watch import watch_option, watched

_FINE = {"online", "paused", "connecting"}  # as on the page


@click.command("list", cls=Action)
@click.option("--bad", is_flag=True, help="Only those that need a look.")
@watch_option
@common_options
@click.pass_context
def list_meters(ctx: click.Context, bad: bool, watch: bool, as_json: bool) -> None:
    """Every meter: state, age of its last reading, success, backlog, alarms."""
    way = door(ctx, offline=True)
    if watch:
        watched(lambda: _table(_meters(way, bad=bad), bad=bad))
        return
    meters = _meters(way, bad=bad)
    if as_json:
        say({"success": True, "count": len(meters), "meters": meters})
    else:
        console().print(_table(meters, bad=bad))


def _meters(way: Door, *, bad: bool) -> list[dict[str, Any]]:
    meters: list[dict[str, Any]] = way.ask("GET", "/api/meters")["meters"]
    if bad:
        return [row for row in meters if row["alarms"] or row["status"] not in _FINE]
    return meters


def _table(meters: Sequence[Mapping[str, Any]], *, bad: bool) -> Sheet | str:
    return table_or(
        [
            "id",
            "name",
            "line",
            "desired",
            "observed",
            ">last",
            ">success 1h",
            ">pending",
            ">alarms",
        ],
        [
            (
                row["id"],
                row["name"],
                row["line"],
                row["desired"],
                row["observed"],
                age(row["last_reading_age"]),
                percent(row["success_1h"]),
                row["pending"],
                row["alarms"],
            )
            for row in meters
        ],
        "every meter is well" if bad else "there is no meter yet: dlmslite-bridge meter add",
    )


register("list", Shelf.EVERY_DAY, list_meters)
