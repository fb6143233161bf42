"""``trace``: the way of a meter's last reading, with times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import (
    Action,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.log_lines import frame_text
from dlmslite_daemon.cli.output import console
from dlmslite_daemon.cli.reach import segment
from dlmslite_daemon.logs import iso_time


@click.command("trace", cls=Action)
@click.argument("meter")
@click.argument("series", required=False)
@common_options
@click.pass_context
def trace(ctx: click.Context, meter: str, series: str | None, as_json: bool) -> None:
    """The last reading's way: asked, answered, decoded, stored, published, acknowledged."""
    query = {"series": series}
    path = f"/api/meters/{segment(meter)}/trace"
    answer = door(ctx, offline=True).ask("GET", path, query=query)
    if as_json:
        say(answer)
    else:
        for line in _lines(answer):
            console().print(line, markup=False, soft_wrap=True)
    if not all(one["acknowledged"] for one in answer["deliveries"]):
        ctx.exit(Exit.FAILED)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['meter']} {found['series']} ({found['obis']})"
    if found["request"] is None:
        yield f"frames: none: {found['missing']}"
    else:
        yield f"request  {frame_text(found['request'])}"
        for reply in found["replies"]:
            yield f"reply    {frame_text(reply)}"
    row = found["row"]
    value = format(row["value"], "f") if hasattr(row["value"], "as_tuple") else row["value"]
    raw = "" if row["raw"] is None else f" = {row['raw']}"
    scaled = "" if row["scaler"] is None else f" * 10^{row['scaler']}"
    yield f"value    {value} {row['unit']}{raw}{scaled}".rstrip()
    yield (
        f"row      number {row['number']}, measured {iso_time(row['ts'])},"
        f" {row['source']}, {row['quality']}"
    )
    for one in found["deliveries"]:
        yield f"sink     {one['sink']}: {_fate(one)}"
    if not found["deliveries"]:
        yield "sink     none was to get it"


def _fate(one: Mapping[str, Any]) -> str:
    message = one["message"]
    if one["dead_letter"]:
        return f"in the dead letters: {one['dead_letter']}"
    if message is None:
        word = "acknowledged" if one["acknowledged"] else "not acknowledged"
        return f"{word}; its message is not remembered"
    said = (
        f"message {message['message_id']} on {message['topic']}, {message['octets']} octets,"
        f" published {iso_time(message['published'])}"
    )
    if message["answered"] is None:
        return f"{said}, {message['outcome']}"
    took = message["answered"] - message["published"]
    code = message["reason_code"]
    return (
        f"{said}, PUBACK {iso_time(message['answered'])} after {took} ms:"
        f" {code} {message['reason']}".rstrip()
    )


register("trace", Shelf.UPKEEP, trace)
