"""``commission``: a long look at a new meter, on one page."""

from __future__ import annotations

from pathlib import Path

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, register
from dlmslite_daemon.cli.commands.diagnosing import diagnosed, end

SECONDS = 1300.0


@click.command("commission", cls=Action)
@click.argument("meter")
@click.option("--quick", is_flag=True, help="30 reads instead of 200, and no idle gaps.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the page there, too."
)
@common_options
@click.pass_context
def commission(
    ctx: click.Context, meter: str, quick: bool, output: Path | None, as_json: bool
) -> None:
    """Climb the ladder, read 200 times, leave idle gaps, read 20 profile rows; print one page.

    The page is Markdown and is kept with the findings. Exit code 0: healthy, 1: a fault was found,
    2: it could not be run.
    """
    result = diagnosed(ctx, meter, "commission", {"quick": quick}, SECONDS)
    if output is not None:
        try:
            output.write_text(result["page"], encoding="utf-8")
        except OSError as error:
            raise click.FileError(str(output), (error.strerror or "").lower()) from None
    if not as_json:
        click.echo(result["page"])
    end(ctx, result, as_json=as_json)


register("commission", Shelf.SET_UP, commission)
