"""Joins lock, writer, readers and the parts into one ``Store``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store import migrations
from dlmslite_daemon.store.sqlite.alarms import AlarmsPart
from dlmslite_daemon.store.sqlite.care import BACKUPS, backups_of, wal_octets
from dlmslite_daemon.store.sqlite.connection import FileLock, make_folder_of, opened
from dlmslite_daemon.store.sqlite.delivery import DeliveryPart
from dlmslite_daemon.store.sqlite.figures import FiguresPart
from dlmslite_daemon.store.sqlite.findings import FindingsPart
from dlmslite_daemon.store.sqlite.fleet import FleetPart
from dlmslite_daemon.store.sqlite.journal import JournalPart
from dlmslite_daemon.store.sqlite.metrics import MetricsPart
from dlmslite_daemon.store.sqlite.names import MeasurementIds
from dlmslite_daemon.store.sqlite.notes import NotesPart
from dlmslite_daemon.store.sqlite.readings import ReadingsPart, last_number
from dlmslite_daemon.store.sqlite.rescue import Rescue, rescue
from dlmslite_daemon.store.sqlite.rollups import RollupsPart
from dlmslite_daemon.store.sqlite.tokens import TokensPart
from dlmslite_daemon.store.sqlite.writer import Writer

_LAST_COMMIT = 5.0  # s; how long the end waits for the last commit


class SqliteStore(
    ReadingsPart,
    DeliveryPart,
    FiguresPart,
    FindingsPart,
    FleetPart,
    NotesPart,
    AlarmsPart,
    MetricsPart,
    RollupsPart,
    JournalPart,
    TokensPart,
):
    """The default store: one SQLite file. Made by ``open`` or ``open_read_only``.

    Attributes:
        rescued: What became of the file that stood here, if it was corrupt.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        metrics: Metrics,
        *,
        writer: Writer | None,
        lock: FileLock | None,
        ids: MeasurementIds,
    ) -> None:
        super().__init__(path, clock, metrics, writer, ids)
        self._lock = lock
        self.rescued: Rescue | None = None

    @classmethod
    def open(
        cls,
        settings: StoreSettings,
        clock: Clock,
        metrics: Metrics,
        *,
        make_folder: bool = False,
        may_rescue: bool = False,
    ) -> SqliteStore:
        """Open the store for its one daemon; the file is made if it does not exist.

        Args:
            settings: Where it is, and how it commits.
            clock: The clock.
            metrics: Where it counts.
            make_folder: Make the folder too; else its absence may mean a disk that is not mounted.
            may_rescue: Move a corrupt file aside and put the last sound backup into its place.

        Raises:
            StoreLocked: Another daemon has it.
            StoreError: What is wrong with the folder or the file, by its code.
        """
        path = Path(settings.path)
        if make_folder:
            make_folder_of(path)
        lock = FileLock(path)
        try:
            connection, rescued = _opened(path, clock, may_rescue=may_rescue)
        except BaseException:
            lock.release()
            raise
        ids = MeasurementIds()
        writer = Writer(
            connection,
            str(path),
            clock,
            metrics,
            group_commit=settings.group_commit,
            waiting_limit=settings.waiting_limit,
            rolled_back=ids.forget,
        )
        store = cls(path, clock, metrics, writer=writer, lock=lock, ids=ids)
        store.rescued = rescued
        return store

    @classmethod
    def open_read_only(cls, path: Path, clock: Clock, metrics: Metrics) -> SqliteStore:
        """Open a store to ask it only, with or without a daemon that owns it.

        Raises:
            StoreError: There is none, or something is wrong with it, by its code.
        """
        if not path.is_file():
            raise StoreError(f"there is no store {path}", code="E-STORE-MISSING")
        opened(path, migrations.packaged(), path.parent, read_only=True).close()
        return cls(path, clock, metrics, writer=None, lock=None, ids=MeasurementIds())

    def close(self) -> None:
        """Commit what waits and let go."""
        self._readers.close()
        if self._writer is not None:
            self._writer.close(_LAST_COMMIT)
            self._writer = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def revive(self) -> bool:
        """Start the writer again if it died."""
        return self._writer is not None and self._writer.revive()

    def info(self) -> dict[str, str | int]:
        """Kind, path, schema number, size, newest number, whether the writer runs."""
        with self._readers.borrow() as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            last = last_number(connection)
        return {
            "kind": "sqlite",
            "path": str(self._path),
            "schema": schema,
            "bytes": self._path.stat().st_size + wal_octets(self._path),
            "last_number": last,
            "writer_alive": int(self._writer is not None and self._writer.alive),
        }


def _opened(
    path: Path, clock: Clock, *, may_rescue: bool
) -> tuple[sqlite3.Connection, Rescue | None]:
    steps, backups = migrations.packaged(), path.parent / BACKUPS
    try:
        return opened(path, steps, backups), None
    except StoreError as error:
        # What is no database at all may be another file that [store] path names by mistake.
        ours = error.code == "E-STORE-NOT-DATABASE" and backups_of(path)
        if not may_rescue or (error.code != "E-STORE-CORRUPT" and not ours):
            raise
        rescued = rescue(path, error.message, clock)
    return opened(path, steps, backups), rescued
