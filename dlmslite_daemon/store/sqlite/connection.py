"""Opens the file: lock, checks, pragmas, migrations; and lends connections to readers.

Whatever can be wrong with the file ends here in one ``StoreError`` with its own code.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from urllib.parse import quote

from dlmslite_daemon.errors import StoreError, StoreLocked
from dlmslite_daemon.store.migrations import Migration, due
from dlmslite_daemon.store.sqlite.backup import APPLICATION_ID, before_migration

MODE = 0o640  # of the store's files: its owner and group read them, nobody else

_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
_BUSY = 1.0  # s; SQLite waits so long for another process before it says "locked"
_CHECKED = 64 << 20  # octets; a file up to this size is checked whole at the start (about 0.2 s)
_IDLE_READERS = 4  # connections kept open between queries

# Errors after which the same work may succeed a little later.
_TRANSIENT = {
    sqlite3.SQLITE_BUSY: "E-STORE-BUSY",
    sqlite3.SQLITE_LOCKED: "E-STORE-BUSY",
    sqlite3.SQLITE_FULL: "E-STORE-FULL",
    sqlite3.SQLITE_IOERR: "E-STORE-IO",
    sqlite3.SQLITE_CANTOPEN: "E-STORE-IO",
    sqlite3.SQLITE_NOMEM: "E-STORE-MEMORY",
}
_FATAL = {
    sqlite3.SQLITE_CORRUPT: "E-STORE-CORRUPT",
    sqlite3.SQLITE_NOTADB: "E-STORE-NOT-DATABASE",
    sqlite3.SQLITE_READONLY: "E-STORE-READONLY",
}
_HINTS = {
    "E-STORE-CORRUPT": "move the file aside and restore the last backup",
    "E-STORE-NOT-DATABASE": "is [store] path the right file?",
    "E-STORE-READONLY": "is the disk mounted read-only?",
    "E-STORE-FULL": "free disk space",
}


def explained(error: sqlite3.Error, path: Path | str) -> tuple[StoreError, bool]:
    """Our error for one of SQLite's, and whether trying again may help."""
    # The low octet is the primary code, the rest says more about it.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    ours = _TRANSIENT.get(code) or _FATAL.get(code) or "E-STORE"
    hint = _HINTS.get(ours, "")
    return StoreError(f"{path}: {error}", code=ours, hint=hint), code in _TRANSIENT


def make_folder_of(path: Path) -> None:
    """Make the folder of a file, if its own folder exists.

    Raises:
        StoreError: It cannot be made.
    """
    folder = path.parent
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {folder} cannot be made: {error.strerror}", code="E-STORE-FOLDER"
        ) from None


class FileLock:
    """An advisory lock beside the store, so that two daemons never share one.

    Args:
        store: The store's file; the lock is ``<store>.lock``.

    Raises:
        StoreLocked: Another process holds it.
        StoreError: The folder is missing or cannot be written to.
    """

    def __init__(self, store: Path) -> None:
        path = store.with_name(store.name + ".lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
        except FileNotFoundError:
            raise StoreError(
                f"the folder {store.parent} does not exist",
                code="E-STORE-FOLDER",
                hint=f"mkdir -p {store.parent}",
            ) from None
        except OSError as error:
            raise StoreError(
                f"{store.parent} cannot be written to: {error.strerror}",
                code="E-STORE-READONLY",
                hint="is the disk mounted read-only, or another user's?",
            ) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise StoreLocked(
                f"{store} is in use by process {holder or '(unknown)'}",
                hint="only one daemon may own a store",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two processes lock two files."""
        os.close(self._descriptor)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our pragmas, in autocommit: transactions are written out."""
    mode = "ro" if read_only else "rwc"
    # The writer and the readers each use one at a time, under their own locks.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True,
        timeout=_BUSY,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = FULL")
            # A WAL that was grown by one long transaction gives its space back.
            connection.execute("PRAGMA journal_size_limit = 16777216")
    except BaseException:
        connection.close()
        raise
    return connection


def opened(
    path: Path, steps: tuple[Migration, ...], backups: Path, *, read_only: bool = False
) -> sqlite3.Connection:
    """The writer's connection to a file that was checked and has the newest schema.

    Args:
        path: The file; made if it does not exist.
        steps: All schema steps.
        backups: Where the backup before a migration goes.
        read_only: Change nothing; the schema must be the newest already.

    Raises:
        StoreError: No database, not ours, corrupt, of a later version, read-only.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old", code="E-STORE-SQLITE")
    if not read_only:
        # SQLite gives its -wal and -shm the mode of the file, and tells what is wrong with a place.
        with suppress(OSError):
            path.touch(mode=MODE, exist_ok=False)
    try:
        connection = connect(path, read_only=read_only)
    except sqlite3.Error as error:
        raise explained(error, path)[0] from error
    try:
        _migrate(connection, path, due(_identify(connection, path), steps), backups, read_only)
    except sqlite3.Error as error:
        connection.close()
        raise explained(error, path)[0] from error
    except BaseException:
        connection.close()
        raise
    return connection


def _identify(connection: sqlite3.Connection, path: Path) -> int:
    """The schema number of a sound file of ours; 0 for a new one."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and (owner or number or tables):
        raise StoreError(
            f"{path} is a database, but not one of ours",
            code="E-STORE-FOREIGN",
            hint="choose another [store] path",
        )
    if path.stat().st_size <= _CHECKED:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(
                f"{path} is corrupt: {verdict}",
                code="E-STORE-CORRUPT",
                hint=_HINTS["E-STORE-CORRUPT"],
            )
    return int(number)


def _migrate(
    connection: sqlite3.Connection,
    path: Path,
    steps: tuple[Migration, ...],
    backups: Path,
    read_only: bool,
) -> None:
    """Take each step in a transaction of its own: migrated or untouched, never between."""
    if steps and read_only:
        raise StoreError(
            f"{path} has an older schema", code="E-STORE-OLDER", hint="start the daemon once"
        )
    fresh = bool(steps) and steps[0].number == 1
    for step in steps:
        if not fresh:  # a new store holds nothing that could be lost
            before_migration(connection, path, backups, step.number)
        connection.execute("BEGIN EXCLUSIVE")
        try:
            for statement in _statements(step.sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {step.number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _statements(sql: str) -> Iterator[str]:
    """The single statements of a script; ``executescript`` would commit in between."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


class Readers:
    """A few connections that queries borrow; a thousand pollers do not hold a thousand.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue(_IDLE_READERS)
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """A connection for one query; SQLite's errors leave as ours.

        Raises:
            StoreError: The query failed, or the store is closed.
        """
        if self._closed:
            raise StoreError("the store is closed", code="E-STORE-CLOSED")
        try:
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = connect(self._path, read_only=True)
            try:
                yield connection
            finally:
                if self._closed or self._idle.full():
                    connection.close()
                else:
                    self._idle.put_nowait(connection)
        except sqlite3.Error as error:
            raise explained(error, self._path)[0] from error

    def close(self) -> None:
        """Close those that are idle; those that are lent are closed when they come back."""
        self._closed = True
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return
