"""``logs``: the last lines of a meter, or of the whole process."""

from __future__ import annotations

from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.log_lines import frame_text, line_text
from dlmslite_daemon.cli.places import when
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import ConfigError

LEVELS = click.Choice(["debug", "info", "warning", "error", "critical"])


@click.command("logs", cls=Action)
@click.argument("meter", required=False)
@click.option(
    "--lines", type=click.IntRange(1, 10_000), default=50, show_default=True, help="The newest."
)
@click.option("--level", type=LEVELS, default="debug", help="This level and above.")
@click.option("--since", help="From then on: 90s, 6h, 2d, 2026-03-01T12:00Z or ms UTC.")
@click.option("--frames", is_flag=True, help="The last frames, explained, in place of lines.")
@common_options
@click.pass_context
def logs(
    ctx: click.Context,
    meter: str | None,
    lines: int,
    level: str,
    since: str | None,
    frames: bool,
    as_json: bool,
) -> None:
    """The last lines of a meter; without one, of everything."""
    since_ms = when(since, SystemClock().utc_ms()) if since else None
    query: dict[str, Any] = {"lines": lines, "since": since_ms}
    if frames:
        if meter is None:
            raise ConfigError("frames are those of one meter", key="meter", code="E-USAGE")
        answer = door(ctx).ask("GET", f"/api/meters/{segment(meter)}/frames", query=query)
        texts = [frame_text(frame) for frame in answer["frames"]]
    else:
        path = "/api/system/logs" if meter is None else f"/api/meters/{segment(meter)}/logs"
        answer = door(ctx, offline=True).ask("GET", path, query={**query, "level": level})
        texts = [line_text(line) for line in answer["logs"]]
    if as_json:
        say(answer)
    else:
        for text in texts:
            click.echo(text)
        if not texts:
            click.echo("there is no such line" if not frames else "there is no frame yet", err=True)


register("logs", Shelf.EVERY_DAY, logs)
