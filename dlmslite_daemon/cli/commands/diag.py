"""``diag``: an archive for whoever is asked for help, without secrets."""

from __future__ import annotations

from pathlib import Path

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import console, show_table
from dlmslite_daemon.cli.reach import Daemon, follow

DIAG_SECONDS = 120.0


@click.command("diag", cls=Action)
@click.argument("meter", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; else into this folder, named by the time.",
)
@click.option("--redact-serials", is_flag=True, help="Strike serial numbers out, too.")
@common_options
@click.pass_context
def diag(
    ctx: click.Context, meter: str | None, output: Path | None, redact_serials: bool, as_json: bool
) -> None:
    """Configuration without secrets, states, last frames and log, of one meter or of all."""
    way = door(ctx)
    body = {"meter": meter, "redact_serials": redact_serials}
    made = follow(way, way.ask("POST", "/api/diag", body), DIAG_SECONDS)
    path = output or Path(made["name"])
    if isinstance(way, Daemon):  # nobody else makes one
        way.fetch(f"/api/diag/{made['id']}", path)
    if as_json:
        say({"success": True, "file": str(path), **made})
        return
    show_table(
        ["file", ">octets", "what"],
        [(one["name"], one["octets"], one["what"]) for one in made["files"]],
        "it is empty",
    )
    console().print(f"{path}: {made['octets']} octets", markup=False)


register("diag", Shelf.UPKEEP, diag)
