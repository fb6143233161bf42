"""``pause``: leave one meter alone."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.places import later
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.clock import SystemClock


@click.command("pause", cls=Action)
@click.argument("meter")
@click.option("--until", help="Resume by itself then: 2h from now, or 2026-03-01T12:00Z.")
@common_options
@click.pass_context
def pause(ctx: click.Context, meter: str, until: str | None, as_json: bool) -> None:
    """Stop polling one meter and release its line; survives a restart."""
    body = {"until": later(until, SystemClock().utc_ms()) if until else None}
    answer = door(ctx).ask("POST", f"/api/meters/{segment(meter)}/pause", body)
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


register("pause", Shelf.EVERY_DAY, pause)
