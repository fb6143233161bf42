"""Puts a backup into the place of a store; the file that stood there is kept beside it.

A restored store may have told sinks more than it remembers: they get those readings again, with
the same keys. Who uses invocation counters of ciphered meters must raise them after this.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import StoreError, StoreLocked
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import AuditEntry
from dlmslite_daemon.store.sqlite.backup import put
from dlmslite_daemon.store.sqlite.care import TIME, backups_of, is_ours
from dlmslite_daemon.store.sqlite.connection import MODE, FileLock, connect
from dlmslite_daemon.store.sqlite.journal import add_audit

_BESIDE = ("", "-wal", "-shm")  # what belongs to one store


@frozen
class Rescue:
    """What became of a store that could not be opened.

    Attributes:
        reason: What was wrong with it.
        aside: Where it lies now.
        backup: The backup that stands in its place; None when there was no sound one and the store
            is new.
    """

    reason: str
    aside: Path
    backup: Path | None

    @property
    def message(self) -> str:
        """What the operator is told."""
        instead = (
            f"the backup {self.backup.name} stands in its place"
            if self.backup
            else ("there was no sound backup, so the store is empty")
        )
        return f"{self.reason}; it was moved to {self.aside}, and {instead}"

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What deserves an alarm."""
        return (Condition("store_rescued", self.message, Severity.CRITICAL, "store"),)


def restore(path: Path, source: Path, clock: Clock, actor: str) -> Path | None:
    """Put a backup into the place of a store that no daemon owns.

    Args:
        path: The store.
        source: The backup; it stays where it is.
        clock: The clock.
        actor: Who does it, for the audit of the restored store.

    Returns:
        Where the file is that stood there; None if there was none.

    Raises:
        StoreLocked: A daemon has the store.
        StoreError: The backup is none of ours, not sound, or of a later version.
    """
    if source.resolve() == path.resolve():
        raise StoreError(f"{source} is the store itself", code="E-STORE-BACKUP")
    lock = _locked(path)
    try:
        _must_fit(source)
        return _replace(path, source, clock, actor)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be replaced: {error.strerror}", code="E-STORE-BACKUP"
        ) from error
    finally:
        lock.release()


def must_be_free(path: Path) -> None:
    """See that no daemon has a store, before anybody is asked whether it should be replaced.

    Raises:
        StoreLocked: One has it.
        StoreError: Its folder is missing or cannot be written to.
    """
    _locked(path).release()


def _locked(path: Path) -> FileLock:
    try:
        return FileLock(path)
    except StoreLocked as error:
        raise StoreLocked(
            error.message, hint="stop the daemon first: systemctl stop dlmslite-bridge"
        ) from None


def _replace(path: Path, source: Path, clock: Clock, actor: str) -> Path | None:
    aside = _move_aside(path, "before-restore", clock) if path.exists() else None
    _put_copy(source, path)
    detail = f"from {source.name}" + (f"; before: {aside.name}" if aside else "")
    with closing(connect(path)) as connection:
        entry = AuditEntry(clock.utc_ms(), actor, "store.restore", path.name, detail)
        add_audit(connection, entry)
    return aside


def rescue(path: Path, reason: str, clock: Clock) -> Rescue:
    """Move a corrupt store aside and put the newest sound backup into its place.

    The caller holds its lock.

    Raises:
        StoreError: The files cannot be moved.
    """
    try:
        aside = _move_aside(path, "corrupt", clock)
        for backup in backups_of(path):
            try:
                _must_fit(backup.path)
            except StoreError:
                continue
            _put_copy(backup.path, path)
            return Rescue(reason, aside, backup.path)
    except OSError as error:
        raise StoreError(
            f"{path} is corrupt and cannot be moved: {error.strerror}", code="E-STORE-CORRUPT"
        ) from error
    return Rescue(reason, aside, None)


def _must_fit(backup: Path) -> None:
    if not backup.is_file():
        raise StoreError(f"there is no file {backup}", code="E-STORE-MISSING")
    schema, newest = is_ours(backup), packaged()[-1].number
    if schema > newest:
        raise StoreError(
            f"{backup} has schema {schema}, this version knows up to {newest}",
            code="E-STORE-NEWER",
            hint="use the newer dlmslite",
        )


def _move_aside(path: Path, why: str, clock: Clock) -> Path:
    """Move a store, with what is committed and not in its file yet."""
    at = datetime.fromtimestamp(clock.utc_ms() / 1000, UTC).strftime(TIME)
    aside = path.with_name(f"{path.name}.{why}-{at}")
    for end in _BESIDE:
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    return aside


def _put_copy(source: Path, path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    shutil.copyfile(source, partial)
    partial.chmod(MODE)
    if os.geteuid() == 0:  # under sudo: the daemon's user must still be able to open it
        owner = path.parent.stat()
        os.chown(partial, owner.st_uid, owner.st_gid)
    put(partial, path)
    try:
        is_ours(path)
    except (StoreError, sqlite3.Error):
        path.unlink()
        raise
