"""``commission``: a long look at a new meter, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register
from dlmslite_daemon.cli.commands.diagnosing import diagnosed, end
from dlmslite_daemon.cli.output import write_page
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.errors import UnknownName

SECONDS = 1300.0


@click.command("commission", cls=Action)
@click.argument("meter")
@click.option("--quick", is_flag=True, help="30 reads instead of 200, and no idle gaps.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the page there, too."
)
@click.option("--last", is_flag=True, help="The page of the last time; nothing is run.")
@common_options
@click.pass_context
def commission(
    ctx: click.Context, meter: str, quick: bool, output: Path | None, last: bool, as_json: bool
) -> None:
    """Climb the ladder, read 200 times, leave idle gaps, read 20 profile rows; print one page.

    The page is Markdown and is kept with the findings. Exit code 0: healthy, 1: a fault was found,
    2: it could not be run.
    """
    if last:
        result = _last(ctx, meter)
    else:
        result = diagnosed(ctx, meter, "commission", {"quick": quick}, SECONDS)
    if output is not None:
        write_page(output, result["page"])
    if not as_json:
        click.echo(result["page"])
    end(ctx, result, as_json=as_json)


def _last(ctx: click.Context, meter: str) -> dict[str, Any]:
    """The newest commissioning that is kept; the store may answer by itself."""
    path = f"/api/meters/{segment(meter)}/diagnoses"
    answer = door(ctx, offline=True).ask("GET", path, query={"limit": 100})
    for one in answer["diagnoses"]:
        if one["kind"] == "commission":
            return {
                "meter_id": answer["meter_id"],
                "healthy": one["healthy"],
                "finding": one,
                "page": one["page"],
            }
    hint = f"dlmslite-bridge commission {meter}"
    raise UnknownName(f"{meter} was not commissioned yet", code="E-FINDING-NONE", hint=hint)


register("commission", Shelf.SET_UP, commission)
