"""``health``: the verdict over everything; its exit code is for scripts."""

from __future__ import annotations

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
from dlmslite_daemon.cli.output import age, console, show_pairs, show_table


@click.command("health", cls=Action)
@common_options
@click.pass_context
def health(ctx: click.Context, as_json: bool) -> None:
    """The verdict: meters, sinks, threads, store. Exit code 0 well, 1 degraded, 2 failed."""
    way = door(ctx, offline=True)
    view = way.ask("GET", "/api/system/health")
    if as_json:
        say(view)
    else:
        show_pairs(
            [
                ("overall", view["overall"]),
                ("version", view["version"]),
                ("uptime", age(view["uptime"])),
                ("meters", ", ".join(f"{n} {s}" for s, n in view["meters"]["by_status"].items())),
                ("readings 24h", view["readings_24h"]),
                ("alarms", ", ".join(f"{n} {s}" for s, n in view["active_alarms"].items()) or None),
                ("store", ", ".join(f"{key} {value}" for key, value in view["store"].items())),
            ]
        )
        for reason in view["reasons"]:
            console().print(f"  {reason}", markup=False)
        console().print()
        show_table(
            ["sink", "kind", "connected", ">acknowledged", ">in flight", ">live", ">history"],
            [
                (
                    sink["name"],
                    sink["kind"],
                    {True: "yes", False: "no"}.get(sink.get("connected")),
                    sink.get("acknowledged"),
                    sink.get("in_flight"),
                    sink["pending"]["live"],
                    sink["pending"]["history"],
                )
                for sink in view["sinks"]
            ],
            "there is no sink: dlmslite-bridge sink add",
        )
    # The store alone can show what is there, but a daemon that does not run is not well.
    ctx.exit(Exit.NOT_REACHABLE if way.note else view["exit_code"])


register("health", Shelf.EVERY_DAY, health)
