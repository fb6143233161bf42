"""``resume``: poll a paused meter again."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.reach import segment


@click.command("resume", cls=Action)
@click.argument("meter")
@click.option("--force", is_flag=True, help="Try at once, past an open breaker or closed guard.")
@common_options
@click.pass_context
def resume(ctx: click.Context, meter: str, force: bool, as_json: bool) -> None:
    """Poll a paused meter again."""
    answer = door(ctx).ask("POST", f"/api/meters/{segment(meter)}/resume", {"force": force})
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])


register("resume", Shelf.EVERY_DAY, resume)
