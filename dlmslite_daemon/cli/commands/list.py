"""``list``: every meter in one line."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import age, percent, show_table

_FINE = {"online", "paused"}


@click.command("list", cls=Action)
@click.option("--bad", is_flag=True, help="Only those that need a look.")
@common_options
@click.pass_context
def list_meters(ctx: click.Context, bad: bool, as_json: bool) -> None:
    """Every meter: state, age of its last reading, success, backlog, alarms."""
    meters = door(ctx, offline=True).ask("GET", "/api/meters")["meters"]
    if bad:
        meters = [row for row in meters if row["alarms"] or row["status"] not in _FINE]
    if as_json:
        say({"success": True, "count": len(meters), "meters": meters})
        return
    show_table(
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
