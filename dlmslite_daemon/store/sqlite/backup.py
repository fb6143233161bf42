"""A sound copy of the file while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_to(connection: sqlite3.Connection, target: Path) -> None:
    """Write a copy that is either whole or not there; an older copy is replaced.

    Raises:
        sqlite3.Error: It could not be read or written.
        OSError: It could not be put into its place.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as copy:
        connection.backup(copy)
        # One file that can be carried away, not a file with a WAL beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)


def before_migration(connection: sqlite3.Connection, path: Path, folder: Path, number: int) -> Path:
    """Copy the store before the step to schema ``number``; gives the path of the copy."""
    target = folder / f"{path.stem}.before-{number:04}{path.suffix}"
    copy_to(connection, target)
    return target
