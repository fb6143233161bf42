"""What keeps a store's file safe: backups, checks, sizes. With or without a daemon that owns it.

Everything here has a connection of its own that reads, so the writer goes on meanwhile.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import StoreError, UnknownName
from dlmslite_daemon.store.sqlite.backup import (
    APPLICATION_ID,
    Progress,
    copy_to,
    problems,
    silent,
)
from dlmslite_daemon.store.sqlite.connection import connect, explained

DAY_MS = 86_400_000
BACKUPS = "backups"  # the folder beside the store

TIME = "%Y%m%dT%H%M%SZ"  # in the names of files beside a store


class UnknownBackup(UnknownName):
    """There is no backup of that name."""

    code = "E-BACKUP-UNKNOWN"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no backup {name!r}", hint="the backups: dlmslite-bridge backup --list"
        )


@frozen
class Backup:
    """One backup.

    Attributes:
        name: The file's name.
        path: Where it is.
        octets: Its size.
        made_ms: When it was made, ms UTC.
        schema: The schema number before whose migration it was made; None for one of a time.
    """

    name: str
    path: Path
    octets: int
    made_ms: int
    schema: int | None = None


@frozen
class Size:
    """How large a store is.

    Attributes:
        octets: The file.
        wal_octets: What is committed and not in the file yet.
        free_octets: What in the file is free and will be used again.
        backup_octets: All backups together.
        tables: Of each table its rows, and its octets with its indexes; None where this SQLite
            cannot say.
    """

    octets: int
    wal_octets: int
    free_octets: int
    backup_octets: int
    tables: dict[str, tuple[int, int | None]]


@frozen
class Checked:
    """What a check found.

    Attributes:
        problems: What is wrong; empty when the store is sound.
        schema: Its schema number.
        pages: How many pages were looked at.
    """

    problems: list[str]
    schema: int
    pages: int


class Care:
    """Care for one store's file.

    Args:
        path: The file.
        keep: How many backups of a time are kept.
        clock: The clock.
    """

    def __init__(self, path: Path, keep: int, clock: Clock) -> None:
        self._path = path
        self._keep = keep
        self._clock = clock
        self._one = threading.Lock()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def backups(self) -> list[Backup]:
        """Every backup, newest first; those before migrations too."""
        return backups_of(self._path)

    def backup(self, name: str) -> Backup:
        """One of them; ``latest`` is the newest.

        Raises:
            UnknownBackup: There is none of that name.
        """
        for backup in self.backups():
            if name in {backup.name, "latest"}:
                return backup
        raise UnknownBackup(name)

    def back_up(self, progress: Progress = silent) -> Backup:
        """Make a backup beside the store, verify it, and let go of the oldest.

        Args:
            progress: Told how far it is.

        Raises:
            StoreError: It could not be made, or another one is being made.
        """
        if not self._one.acquire(blocking=False):
            raise StoreError(
                "a backup is being made already",
                code="E-STORE-BUSY",
                hint="wait for its end: dlmslite-bridge backup --list",
            )
        try:
            now_ms = self._clock.utc_ms()
            at = datetime.fromtimestamp(now_ms / 1000, UTC).strftime(TIME)
            target = self._path.parent / BACKUPS / f"{self._path.stem}.{at}{self._path.suffix}"
            self.copy(target, progress)
            self._let_go()
            return next(one for one in self.backups() if one.path == target)
        finally:
            self._one.release()

    def copy(self, target: Path, progress: Progress = silent) -> None:
        """Write a verified copy anywhere.

        Raises:
            StoreError: It could not be made.
        """
        if target.resolve() == self._path.resolve():
            raise StoreError(f"{target} is the store itself", code="E-STORE-BACKUP")
        with self._reading() as connection:
            try:
                copy_to(connection, target, progress)
            except OSError as error:
                raise StoreError(
                    f"{target} cannot be written: {error.strerror}", code="E-STORE-BACKUP"
                ) from error

    def due(self) -> bool:
        """Whether the newest backup of a time is a day old, or there is none."""
        newest = next((one for one in self.backups() if one.schema is None), None)
        return newest is None or self._clock.utc_ms() - newest.made_ms >= DAY_MS

    def check(self) -> Checked:
        """Look at every page, index and reference.

        Raises:
            StoreError: It cannot be read.
        """
        with self._reading() as connection:
            found = problems(connection)
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
        return Checked(found, schema, pages)

    def size(self) -> Size:
        """How large it is.

        Raises:
            StoreError: It cannot be read.
        """
        with self._reading() as connection:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            octets = _octets_by_table(connection)
            tables = {}
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                " ORDER BY name"
            ).fetchall():
                (count,) = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                tables[name] = (count, None if octets is None else octets.get(name, 0))
        return Size(
            octets=self._path.stat().st_size,
            wal_octets=wal_octets(self._path),
            free_octets=page * free,
            backup_octets=sum(one.octets for one in self.backups()),
            tables=tables,
        )

    def _let_go(self) -> None:
        """Remove the oldest backups of a time; those before migrations stay."""
        timed = [one for one in self.backups() if one.schema is None]
        for old in timed[self._keep :]:
            old.path.unlink(missing_ok=True)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not self._path.is_file():
            raise StoreError(f"there is no store {self._path}", code="E-STORE-MISSING")
        try:
            with closing(connect(self._path, read_only=True)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise explained(error, self._path)[0] from error


def wal_octets(path: Path) -> int:
    """What is committed to a store and not in its file yet; readers find it beside the file."""
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0


def backups_of(path: Path) -> list[Backup]:
    """The backups that lie beside a store, newest first."""
    pattern = re.compile(
        rf"{re.escape(path.stem)}\.(?:(\d{{8}}T\d{{6}}Z)|before-(\d{{4}})){re.escape(path.suffix)}\Z"
    )
    folder = path.parent / BACKUPS
    found = []
    for file in folder.iterdir() if folder.is_dir() else ():
        match = pattern.match(file.name)
        if match is None:
            continue
        status = file.stat()
        if match[1]:
            at = datetime.strptime(match[1], TIME).replace(tzinfo=UTC)
            found.append(Backup(file.name, file, status.st_size, round(at.timestamp() * 1000)))
        else:
            made_ms = round(status.st_mtime * 1000)
            found.append(Backup(file.name, file, status.st_size, made_ms, int(match[2])))
    return sorted(found, key=lambda one: (one.made_ms, one.name), reverse=True)


def _octets_by_table(connection: sqlite3.Connection) -> dict[str, int] | None:
    """Octets of each table with its indexes; None where this SQLite has no ``dbstat``."""
    try:
        rows = connection.execute(
            "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat AS d"
            " JOIN sqlite_schema AS s ON s.name = d.name WHERE d.aggregate = 1 GROUP BY s.tbl_name"
        ).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return None
    return dict(rows)


def is_ours(path: Path) -> int:
    """The schema number of a sound file of ours; looks at all of it.

    Raises:
        StoreError: It is none, or not sound.
    """
    try:
        with closing(connect(path, read_only=True)) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            if owner != APPLICATION_ID:
                raise StoreError(
                    f"{path} is a database, but not one of ours", code="E-STORE-FOREIGN"
                )
            found = problems(connection)
    except sqlite3.Error as error:
        raise explained(error, path)[0] from error
    if found:
        raise StoreError(f"{path} is not sound: {found[0]}", code="E-STORE-CORRUPT")
    return int(schema)
