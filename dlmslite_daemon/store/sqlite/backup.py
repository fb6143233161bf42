"""A sound copy of the file while it is in use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dlmslite_daemon.errors import StoreError

APPLICATION_ID = 0x444C4D53  # "DLMS"; tells our files from other SQLite files

_STEP = 1_000  # pages that are copied between two words of progress: 4 MB

Progress = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


def silent(_done: int, _all: int) -> None:
    """Nobody is told."""


def copy_to(connection: sqlite3.Connection, target: Path, progress: Progress = silent) -> None:
    """Write a copy that is either whole, verified and there, or not there; replaces an older one.

    The copy is of one moment: the one at which it began.

    Raises:
        sqlite3.Error: It could not be read or written.
        StoreError: The copy is not sound (``E-STORE-CORRUPT``): then the store is not either.
        OSError: It could not be put into its place.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(partial)) as copy:
            _copy(connection, copy, progress)
            # One file that can be carried away, not a file with a WAL beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            _must_be_sound(copy)
        put(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _must_be_sound(copy: sqlite3.Connection) -> None:
    found = problems(copy)
    if found:
        raise StoreError(f"the copy is not sound: {found[0]}", code="E-STORE-CORRUPT")


def _copy(connection: sqlite3.Connection, copy: sqlite3.Connection, progress: Progress) -> None:
    # A read transaction keeps the moment: without one, each commit of another connection would
    # make SQLite begin the copy anew, and of a busy store it would never end.
    outside = connection.in_transaction
    if not outside:
        connection.execute("BEGIN")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.backup(
            copy, pages=_STEP, progress=lambda _, left, every: progress(every - left, every)
        )
    finally:
        if not outside and connection.in_transaction:
            connection.execute("COMMIT")


def put(partial: Path, target: Path) -> None:
    """Move a whole file into its place, so that it survives a loss of power.

    Raises:
        OSError: It could not.
    """
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def problems(connection: sqlite3.Connection, limit: int = 20) -> list[str]:
    """What is wrong with a database; nothing when it is sound.

    Raises:
        sqlite3.Error: It cannot be read at all.
    """
    found = [row[0] for row in connection.execute(f"PRAGMA integrity_check({limit})")]
    if found == ["ok"]:
        found = []
    broken = connection.execute("PRAGMA foreign_key_check").fetchmany(limit)
    return found + [f"a row of {table} points at no row of {to}" for table, _, to, _ in broken]


def before_migration(connection: sqlite3.Connection, path: Path, folder: Path, number: int) -> Path:
    """Copy the store before the step to schema ``number``; gives the path of the copy."""
    target = folder / f"{path.stem}.before-{number:04}{path.suffix}"
    copy_to(connection, target)
    return target
