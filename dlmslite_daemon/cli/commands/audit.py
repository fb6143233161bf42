"""``audit``: what operators did."""

from __future__ import annotations

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import moment, show_table


@click.command("audit", cls=Action)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, help="At most so many.")
@click.option("--actor", default="", help="Only of this token, or of local.")
@click.option("--action", default="", help="Only this action, such as meter.pause or meter.")
@click.option("--target", default="", help="Only on this meter, sink or alarm.")
@common_options
@click.pass_context
def audit(
    ctx: click.Context, limit: int, actor: str, action: str, target: str, as_json: bool
) -> None:
    """Who changed what, newest first."""
    query = {"limit": limit, "actor": actor, "action": action, "target": target}
    answer = door(ctx, offline=True).ask("GET", "/api/audit", query=query)
    if as_json:
        say(answer)
        return
    rows = [
        (moment(one["ts_ms"]), one["actor"], one["action"], one["target"], one["detail"])
        for one in answer["audit"]
    ]
    show_table(["time", "who", "what", "on", "with"], rows, "nothing was changed yet")


register("audit", Shelf.UPKEEP, audit)
