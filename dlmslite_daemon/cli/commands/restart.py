"""``restart``: meet one meter afresh."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.reach import segment


@click.command("restart", cls=Action)
@click.argument("meter")
@common_options
@click.pass_context
def restart(ctx: click.Context, meter: str, as_json: bool) -> None:
    """Release one meter and associate afresh, within one poll; no other meter is touched."""
    answer = door(ctx).ask("POST", f"/api/meters/{segment(meter)}/restart")
    if as_json:
        say(answer)
    else:
        click.echo(answer["message"])
        if "--force" in answer["note"]:
            click.echo(f"  → {answer['note']}")


register("restart", Shelf.EVERY_DAY, restart)
