"""``backup [FILE]``: a verified copy of the store, while it is in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import Action, Shelf, common_options, door, register, say
from dlmslite_daemon.cli.output import moment, show_table
from dlmslite_daemon.cli.progress import Tell, telling
from dlmslite_daemon.cli.reach import Daemon, Where, follow, segment
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import DaemonUnreachable

BACKUP_SECONDS = 3_600.0  # s; for a store of many gigabytes on a slow disk


@click.command("backup", cls=Action)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--list", "listed", is_flag=True, help="Only show the backups that there are.")
@common_options
@click.pass_context
def backup(ctx: click.Context, file: Path | None, listed: bool, as_json: bool) -> None:
    """Back the store up into its folder of backups, and to FILE if one is named.

    The copy is of one moment and is checked before it is called done. It holds sealed secrets, but
    not the key that opens them: keep bridge.key apart, and safe.
    """
    if listed:
        _show(ctx, as_json)
        return
    where: Where = ctx.find_object(Where) or Where()
    try:
        way = where.open(offline=False)
    except DaemonUnreachable as error:
        made = _alone(where, file, error)
    else:
        ctx.find_root().call_on_close(way.close)
        with telling() as tell:
            started = way.ask("POST", "/api/store/backups")
            made = follow(way, started, BACKUP_SECONDS, tell)
        if file is not None and isinstance(way, Daemon):
            way.fetch(f"/api/store/backups/{segment(made['name'])}", file)
            made = {**made, "file": str(file)}
    if as_json:
        say({"success": True, "backup": made})
        return
    place = made.get("file") or made["path"]
    click.echo(f"{place}: {made['bytes']:,} octets, checked and sound")


def _alone(where: Where, file: Path | None, error: DaemonUnreachable) -> dict[str, Any]:
    """Without a daemon the file itself is copied."""
    from dlmslite_daemon.store.sqlite.care import Care  # noqa: PLC0415 - slow to import

    settings = where.configuration().store
    if where.api is not None or not Path(settings.path).is_file():
        raise error
    care = Care(Path(settings.path), settings.backups, SystemClock())
    with telling() as tell:
        if file is not None:
            care.copy(file, _words(tell))
            return {"name": file.name, "path": str(file), "bytes": file.stat().st_size}
        made = care.back_up(_words(tell))
    return {"name": made.name, "path": str(made.path), "bytes": made.octets}


def _words(tell: Tell) -> Callable[[int, int], None]:
    return lambda done, every: tell(f"{done} of {every} pages copied")


def _show(ctx: click.Context, as_json: bool) -> None:
    answer = door(ctx, offline=True).ask("GET", "/api/store/backups")
    if as_json:
        say(answer)
        return
    show_table(
        ["backup", "made", ">octets", "why"],
        [
            (
                one["name"],
                moment(one["made"]),
                one["bytes"],
                f"before schema {one['before_schema']}" if one["before_schema"] else None,
            )
            for one in answer["backups"]
        ],
        "there is no backup yet",
    )


register("backup", Shelf.UPKEEP, backup)
