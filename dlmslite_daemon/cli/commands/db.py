"""``db check|size``: whether the store is sound, and how large it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dlmslite_daemon.cli.commands.base import (
    Actions,
    Exit,
    Shelf,
    common_options,
    door,
    register,
    say,
)
from dlmslite_daemon.cli.output import show_pairs, show_table
from dlmslite_daemon.cli.progress import telling
from dlmslite_daemon.cli.reach import Where, follow
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import DaemonUnreachable

CHECK_SECONDS = 3_600.0  # s; every page of a large store is read


@click.group("db", cls=Actions)
def db() -> None:
    """The store's file: check, size."""


@db.command("check")
@common_options
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Read every page, index and reference of the store; exit code 1 when it is not sound."""
    where: Where = ctx.find_object(Where) or Where()
    try:
        way = where.open(offline=False)
    except DaemonUnreachable as error:
        found = _alone(where, error)
    else:
        ctx.find_root().call_on_close(way.close)
        with telling() as tell:
            found = follow(way, way.ask("POST", "/api/store/check"), CHECK_SECONDS, tell)
    if as_json:
        say({"success": True, **found})
    elif found["sound"]:
        click.echo(f"the store is sound: schema {found['schema']}, {found['pages']:,} pages")
    else:
        for problem in found["problems"]:
            click.echo(problem)
        click.echo("  → stop the daemon and restore a backup: dlmslite-bridge restore latest")
    if not found["sound"]:
        ctx.exit(Exit.FAILED)


def _alone(where: Where, error: DaemonUnreachable) -> dict[str, Any]:
    from dlmslite_daemon.api.routes.store import check_view  # noqa: PLC0415 - slow to import
    from dlmslite_daemon.store.sqlite.care import Care  # noqa: PLC0415 - as above

    path = Path(where.configuration().store.path)
    if where.api is not None or not path.is_file():
        raise error
    click.echo(f"no daemon runs; this is what {path} holds", err=True)
    return check_view(Care(path, 1, SystemClock()).check())


@db.command("size")
@common_options
@click.pass_context
def size(ctx: click.Context, as_json: bool) -> None:
    """The file, what of it is free, the backups, and each table's rows and octets."""
    answer = door(ctx, offline=True).ask("GET", "/api/store/size")
    if as_json:
        say(answer)
        return
    show_pairs(
        [
            ("file", f"{answer['bytes']:,} octets"),
            ("not in it yet", f"{answer['wal_bytes']:,} octets"),
            ("free in it", f"{answer['free_bytes']:,} octets"),
            ("backups", f"{answer['backup_bytes']:,} octets"),
        ]
    )
    rows = [(one["name"], one["rows"], one["bytes"]) for one in answer["tables"]]
    show_table(["table", ">rows", ">octets"], rows, "there is no table")
    if any(octets is None for _, _, octets in rows):
        click.echo("this SQLite has no dbstat: how the octets lie in the tables is not known")


register("db", Shelf.UPKEEP, db)
