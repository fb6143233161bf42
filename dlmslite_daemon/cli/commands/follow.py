"""``follow``: the log of a meter as it grows, through restarts of the daemon."""

from __future__ import annotations

import threading
from typing import Any

import click

from dlmslite_daemon.api.exact_json import dumps
from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register
from dlmslite_daemon.cli.commands.logs import LEVELS
from dlmslite_daemon.cli.log_lines import frame_text, line_text
from dlmslite_daemon.cli.places import when
from dlmslite_daemon.cli.reach import Door, Heard
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import DaemonUnreachable

PATH = "/api/events/logs"
AGAIN = 1.0  # s between two tries to find the daemon again
GAPS = {
    "restart": "the daemon was started again; its earlier lines are in the journal",
    "overrun": "some lines are gone: more came than are kept",
}


@click.command("follow", cls=Action)
@click.argument("meter", required=False)
@click.option(
    "--lines",
    type=click.IntRange(0, 10_000),
    default=10,
    show_default=True,
    help="Begin with the newest so many.",
)
@click.option("--level", type=LEVELS, default="debug", help="This level and above.")
@click.option("--since", help="Begin then: 90s, 6h, 2d, 2026-03-01T12:00Z or ms UTC.")
@click.option("--frames", is_flag=True, help="The meter's frames too, explained.")
@common_options
@click.pass_context
def follow(
    ctx: click.Context,
    meter: str | None,
    lines: int,
    level: str,
    since: str | None,
    frames: bool,
    as_json: bool,
) -> None:
    """Lines as they come, none lost and none twice, until interrupted."""
    since_ms = when(since, SystemClock().utc_ms()) if since else None
    query = {
        "meter": meter,
        "lines": lines,
        "level": level,
        "since": since_ms,
        "frames": "true" if frames else None,
    }
    try:
        _follow(ctx, query, as_json)
    except KeyboardInterrupt:
        return  # the usual way to end it


def _follow(ctx: click.Context, query: dict[str, Any], as_json: bool) -> None:
    last = ""
    way: Door | None = door(ctx)
    while True:
        if way is not None:
            last = _listen(way, query, last, as_json)
            way.close()
            click.echo("the daemon has gone; waiting for it", err=True)
        threading.Event().wait(AGAIN)
        try:
            way = door(ctx)
        except DaemonUnreachable:
            way = None


def _listen(way: Door, query: dict[str, Any], last: str, as_json: bool) -> str:
    """Show what comes until the connection is lost; the last id."""
    try:
        for event in way.listen(PATH, query, last):
            last = event.id or last
            if event.name != "begin":
                _show(event, as_json)
    except DaemonUnreachable:
        pass
    return last


def _show(event: Heard, as_json: bool) -> None:
    if as_json:
        click.echo(dumps({"event": event.name, **event.data, "cursor": event.id or None}))
    elif event.name == "gap":
        click.echo(f"--- {GAPS[event.data['reason']]}", err=True)
    elif event.name == "frame":
        click.echo(frame_text(event.data))
    else:
        click.echo(line_text(event.data))


register("follow", Shelf.EVERY_DAY, follow)
