"""``diagnose``: every rung of the ladder, or what was found before."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import (
    Action,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.commands.diagnosing import diagnosed, end
from dlmslite_daemon.cli.diagnosis_show import show_result
from dlmslite_daemon.cli.output import moment, show_table
from dlmslite_daemon.cli.reach import segment

SECONDS = 1300.0


@click.command("diagnose", cls=Action)
@click.argument("meter")
@click.option("--long", is_flag=True, help="30 reads and idle gaps of 20, 35 and 200 s, too.")
@click.option("--history", is_flag=True, help="Show what was found before; nothing is run.")
@common_options
@click.pass_context
def diagnose(ctx: click.Context, meter: str, long: bool, history: bool, as_json: bool) -> None:
    """Climb every rung, the sinks' too, and keep what is found: ``plan`` uses it.

    Exit code 0: healthy, 1: a fault was found, 2: it could not be run.
    """
    if history:
        _history(ctx, meter, as_json=as_json)
        return
    result = diagnosed(ctx, meter, "diagnose", {"long": long}, SECONDS)
    if not as_json:
        show_result(result)
    end(ctx, result, as_json=as_json)


def _history(ctx: click.Context, meter: str, *, as_json: bool) -> None:
    answer = door(ctx, offline=True).ask("GET", f"/api/meters/{segment(meter)}/diagnoses")
    if as_json:
        say(answer)
        return
    show_table(
        ["time", "kind", "cause", "confidence", "evidence"],
        [
            (
                moment(one["ts_ms"]),
                one["kind"],
                one["cause"],
                one["confidence"],
                "; ".join(one["evidence"]) if not one["healthy"] else "",
            )
            for one in answer["diagnoses"]
        ],
        f"nothing was diagnosed: dlmslite-bridge diagnose {meter}",
    )


register("diagnose", Shelf.EVERY_DAY, diagnose)
