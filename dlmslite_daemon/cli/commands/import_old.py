"""``import-old``: takes over the old bridge's ``admin.db``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
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
from dlmslite_daemon.cli.output import console, show_table
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.importers.old_bridge import read


@click.command("import-old", cls=Action)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--only", type=click.IntRange(1), metavar="ID", help="One meter, by its old number.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@common_options
@click.pass_context
def import_old(
    ctx: click.Context, file: Path, only: int | None, dry_run: bool, as_json: bool
) -> None:
    """Take over meters, series, sinks and alarms of the old admin.db; meters arrive paused."""
    found = read(file, only)
    if only is not None and not found.meters:
        raise UnknownMeter(only)
    answer = door(ctx).ask("POST", "/api/import-old", found.body(dry_run=dry_run))
    answer["alarms_left"] = found.alarms_left
    if as_json:
        say(answer)
    else:
        _show(answer)
    if answer["faults"]:
        ctx.exit(Exit.FAILED)


def _show(answer: Mapping[str, Any]) -> None:
    show_table(
        [">id", ">old id", "name", "url", "series", "stored pair", "the old service used"],
        [
            (
                one["id"],
                one["old_id"],
                one["name"],
                one["url"],
                len(one["series"]),
                _pair(one["stored"]),
                "client {client}, physical {physical}, its own password".format(
                    **one["old_service_used"]
                ),
            )
            for one in answer["meters"]
        ],
        "there is no meter to take over",
    )
    for line in _lines(answer):
        console().print(line, markup=False)


def _pair(stored: Mapping[str, Any]) -> str:
    password = "a password is stored" if stored["password_stored"] else "no password is stored"
    return f"client {stored['client']}, server {stored['server']}, {password}"


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    for fault in answer["faults"]:
        yield f"old meter {fault['row']} is left out, {fault['column']}: {fault['message']}"
    for one in answer["meters"]:
        for note in one["notes"]:
            yield f"{one['name']}: {note}"
    for sink in answer["sinks"]:
        meters = ", ".join(sink["meters"])
        yield f"sink {sink['name']}: {sink['mode']} at {sink['host']}:{sink['port']} for {meters}"
    for note in answer["notes"]:
        yield note
    if answer["alarms"]:
        left = answer["alarms_left"]
        yield f"{answer['alarms']} alarms" + (f"; {left} older ones are left" if left else "")
    if not answer["applied"]:
        yield "nothing was applied"
        return
    if answer["meters"]:
        yield "credentials unproven: each meter is paused; resume begins with one association:"
        yield f"  dlmslite-bridge resume {answer['meters'][0]['name']}"
        yield "old programs that read the API without a token: api.legacy_read = true"


register("import-old", Shelf.SET_UP, import_old)
