"""``outbox status``: what waits for each sink, and since when."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Actions, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import age, moment, show_table, yes_no


@click.group("outbox", cls=Actions)
def outbox() -> None:
    """What waits to be delivered: status."""


@outbox.command("status")
@common_options
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """For each sink: pending, age of the oldest, in flight, acknowledged, dead letters, alarms."""
    answer = door(ctx, offline=True).ask("GET", "/api/outbox")
    if as_json:
        say(answer)
        return
    show_table(
        [
            "sink",
            "connected",
            ">live",
            ">history",
            ">oldest",
            ">in flight",
            ">acknowledged",
            ">refused",
            ">dead letters",
            ">alarms",
            "last PUBACK",
            "last error",
        ],
        [
            (
                one["sink"],
                yes_no(one["connected"]) if one["enabled"] else "off",
                one["pending"]["live"],
                one["pending"]["history"],
                age(one["oldest_pending_age"]),
                one["in_flight"],
                one["acknowledged"],
                one["refused"],
                one["dead_letters"],
                one["alarms_pending"],
                moment(one["last_puback"]),
                (one["fault"] or {}).get("code"),
            )
            for one in answer["sinks"]
        ],
        "there is no sink: dlmslite-bridge sink add",
    )


register("outbox", Shelf.UPKEEP, outbox)
