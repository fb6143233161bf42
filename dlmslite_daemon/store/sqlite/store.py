"""Joins lock, writer and readers into one ``Store``.

What changes something is the writer's job and waits for its commit; ``append`` and ``advance`` give
a ticket. What asks borrows a reader's connection, which sees what is committed and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from dlmslite_daemon.alarm import Alarm
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import (
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store import migrations, records
from dlmslite_daemon.store.base import Stored, Ticket
from dlmslite_daemon.store.sqlite import cursors, fleet, journal, readings
from dlmslite_daemon.store.sqlite.connection import FileLock, Readers, make_folder_of, opened
from dlmslite_daemon.store.sqlite.writer import Job, Writer

T = TypeVar("T")

_LAST_COMMIT = 5.0  # s; how long the end waits for the last commit


class SqliteStore:
    """The default store: one SQLite file. Made by ``open`` or ``open_read_only``."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        metrics: Metrics,
        *,
        writer: Writer | None,
        lock: FileLock | None,
        ids: readings.MeasurementIds,
    ) -> None:
        self._path = path
        self._clock = clock
        self._metrics = metrics
        self._writer = writer
        self._lock = lock
        self._ids = ids
        self._readers = Readers(path)
        self._advances = cursors.Advances(self._hand_over)

    @classmethod
    def open(
        cls,
        settings: StoreSettings,
        clock: Clock,
        metrics: Metrics,
        *,
        make_folder: bool = False,
    ) -> SqliteStore:
        """Open the store for its one daemon; the file is made if it does not exist.

        Args:
            settings: Where it is, and how it commits.
            clock: The clock.
            metrics: Where it counts.
            make_folder: Make the folder too; else its absence may mean a disk that is not mounted.

        Raises:
            StoreLocked: Another daemon has it.
            StoreError: What is wrong with the folder or the file, by its code.
        """
        path = Path(settings.path)
        if make_folder:
            make_folder_of(path)
        lock = FileLock(path)
        try:
            steps = migrations.packaged()
            connection = opened(path, steps, path.parent / "backups")
        except BaseException:
            lock.release()
            raise
        ids = readings.MeasurementIds()
        writer = Writer(
            connection,
            str(path),
            clock,
            metrics,
            group_commit=settings.group_commit,
            waiting_limit=settings.waiting_limit,
            rolled_back=ids.forget,
        )
        return cls(path, clock, metrics, writer=writer, lock=lock, ids=ids)

    @classmethod
    def open_read_only(cls, path: Path, clock: Clock, metrics: Metrics) -> SqliteStore:
        """Open a store to ask it only, with or without a daemon that owns it.

        Raises:
            StoreError: There is none, or something is wrong with it, by its code.
        """
        if not path.is_file():
            raise StoreError(f"there is no store {path}", code="E-STORE-MISSING")
        opened(path, migrations.packaged(), path.parent, read_only=True).close()
        return cls(path, clock, metrics, writer=None, lock=None, ids=readings.MeasurementIds())

    def close(self) -> None:
        """Commit what waits and let go."""
        self._readers.close()
        if self._writer is not None:
            self._writer.close(_LAST_COMMIT)
            self._writer = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def info(self) -> dict[str, str | int]:
        """Kind, path, schema number, size, newest number, whether the writer runs."""
        with self._readers.borrow() as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            last = readings.last_number(connection)
        return {
            "kind": "sqlite",
            "path": str(self._path),
            "schema": schema,
            "bytes": self._path.stat().st_size,
            "last_number": last,
            "writer_alive": int(self._writer is not None and self._writer.alive),
        }

    # ---------------------------------------------------------------- readings

    def append(self, batch: Sequence[Reading]) -> Ticket:
        """Hand readings over for the next group commit."""
        rows = tuple(batch)
        ticket = Ticket()

        def done(result: Stored) -> None:
            self._metrics.readings_stored.inc(result.count)
            if result.count < len(rows):
                self._metrics.readings_duplicate.inc(result.duplicates)
                self._metrics.readings_refused.inc(result.refused)
            ticket.resolve(result)

        self._hand_over(
            Job(
                lambda connection: readings.insert(connection, self._ids, rows),
                done,
                ticket.fail,
                octets=readings.octets_of(rows),
                readings=len(rows),
            )
        )
        return ticket

    def readings_after(
        self, lane: Lane, number: int, limit: int, meters: Sequence[str] | None = None
    ) -> list[Reading]:
        """The next committed readings of a lane."""
        return self._ask(lambda c: readings.after(c, lane, number, limit, meters))

    def readings(
        self,
        meter: str,
        since_ms: int = 0,
        until_ms: int | None = None,
        limit: int = 1000,
        series: str | None = None,
    ) -> list[Reading]:
        """A meter's newest readings in a span."""
        return self._ask(
            lambda c: readings.of_meter(
                c, fleet.meter_id(c, meter), since_ms, until_ms, limit, series
            )
        )

    def readings_since(self, since_ms: int, meter: str | None = None) -> int:
        """How many readings have that time or a later one."""
        number = None if meter is None else self._ask(lambda c: fleet.meter_id(c, meter))
        return self._ask(lambda c: readings.since(c, since_ms, number))

    def latest(self, meter: str) -> dict[str, Reading]:
        """The newest reading of each series."""
        return self._ask(lambda c: readings.latest(c, fleet.meter_id(c, meter)))

    def last_number(self) -> int:
        """The highest number that was committed."""
        return self._ask(readings.last_number)

    def waiting(self) -> tuple[int, int]:
        """Readings and octets that wait for a commit."""
        return self._writer.waiting if self._writer is not None else (0, 0)

    def flush(self) -> None:
        """Commit what waits without waiting for company."""
        if self._writer is not None:
            self._writer.flush()

    # ---------------------------------------------------------------- delivery

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """Where a cursor stands."""
        return self._ask(lambda c: cursors.cursor(c, sink, lane, connection))

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards."""
        return self._advances.add(sink, lane, connection, number)

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane follow a number."""
        return self._ask(lambda c: readings.pending(c, lane, number, meters, limit))

    def add_dead_letter(self, letter: records.DeadLetter) -> None:
        """Keep a refused message."""
        self._write(lambda c: cursors.add_dead_letter(c, letter))

    def dead_letters(self, sink: str, limit: int = 100) -> list[records.DeadLetter]:
        """The newest dead letters of a sink."""
        return self._ask(lambda c: cursors.dead_letters(c, sink, limit))

    # ---------------------------------------------------------------- fleet

    def meters(self) -> list[records.MeterRecord]:
        """All meters."""
        return self._ask(fleet.meters)

    def meter(self, name: str | int) -> records.MeterRecord:
        """One meter."""
        return self._ask(lambda c: fleet.meter(c, name))

    def add_meter(self, settings: MeterSettings) -> records.MeterRecord:
        """Enter a meter."""
        return self._change(lambda c: fleet.add_meter(c, settings, self._clock.utc_ms()))

    def set_meter(self, settings: MeterSettings) -> records.MeterRecord:
        """Replace a meter's settings."""
        return self._change(lambda c: fleet.set_meter(c, settings, self._clock.utc_ms()))

    def set_desired(self, meter: str, desired: records.Desired) -> records.MeterRecord:
        """Run or pause a meter."""
        return self._write(lambda c: fleet.set_desired(c, meter, desired, self._clock.utc_ms()))

    def remove_meter(self, meter: str) -> None:
        """Remove a meter."""
        self._change(lambda c: fleet.remove_meter(c, meter, self._clock.utc_ms()))

    def add_series(self, meter: str, series: SeriesSettings) -> records.MeterRecord:
        """Enter a series."""
        return self._change(lambda c: fleet.add_series(c, meter, series, self._clock.utc_ms()))

    def remove_series(self, meter: str, key: str) -> records.MeterRecord:
        """Remove a series."""
        return self._change(lambda c: fleet.remove_series(c, meter, key, self._clock.utc_ms()))

    def sinks(self) -> list[records.SinkRecord]:
        """All sinks."""
        return self._ask(fleet.sinks)

    def add_sink(
        self, settings: SinkSettings, *, from_beginning: bool = False
    ) -> records.SinkRecord:
        """Enter a sink."""
        now_ms = self._clock.utc_ms()
        start = from_beginning
        return self._write(lambda c: fleet.add_sink(c, settings, now_ms, from_beginning=start))

    def set_sink(self, settings: SinkSettings) -> records.SinkRecord:
        """Replace a sink's settings."""
        return self._write(lambda c: fleet.set_sink(c, settings))

    def remove_sink(self, sink: str) -> None:
        """Remove a sink."""
        self._write(lambda c: fleet.remove_sink(c, sink))

    # ---------------------------------------------------------------- memory of the parts above

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        return self._ask(lambda c: fleet.notebook(c, meter))

    def note(self, meter: str, entries: Mapping[str, str | None]) -> None:
        """Write into a meter's notebook."""
        self._write(lambda c: fleet.note(c, meter, entries))

    def guard(self, key: str) -> str | None:
        """A guard's stored state."""
        return self._ask(lambda c: fleet.guard(c, key))

    def save_guard(self, key: str, state: str) -> None:
        """Keep a guard's state."""
        self._write(lambda c: fleet.save_guard(c, key, state))

    def counts(self, scope: str) -> dict[str, int]:
        """The counters of a scope."""
        return self._ask(lambda c: fleet.counts(c, scope))

    def count(self, scope: str, counts: Mapping[str, int]) -> None:
        """Add to counters."""
        self._write(lambda c: fleet.count(c, scope, counts))

    # ---------------------------------------------------------------- journal

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        return self._write(lambda c: journal.save_alarm(c, alarm))

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first."""
        return self._ask(lambda c: journal.alarms(c, active=active, subject=subject, limit=limit))

    def add_meter_metrics(self, rows: Sequence[records.MeterMetrics]) -> None:
        """Write rows of meter_metrics."""
        self._write(lambda c: journal.add_meter_metrics(c, rows))

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[records.MeterMetrics]:
        """A meter's rows of meter_metrics."""
        return self._ask(lambda c: journal.meter_metrics(c, meter, since_ms))

    def add_network_metrics(self, rows: Sequence[records.NetworkMetrics]) -> None:
        """Write rows of network_metrics."""
        self._write(lambda c: journal.add_network_metrics(c, rows))

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[records.NetworkMetrics]:
        """A meter's rows of network_metrics."""
        return self._ask(lambda c: journal.network_metrics(c, meter, since_ms))

    def add_diagnostic(self, diagnostic: records.Diagnostic) -> None:
        """Write a row of dlms_diagnostics."""
        self._write(lambda c: journal.add_diagnostic(c, diagnostic))

    def diagnostics(self, meter: str, limit: int = 100) -> list[records.Diagnostic]:
        """A meter's newest protocol events."""
        return self._ask(lambda c: journal.diagnostics(c, meter, limit))

    def add_audit(self, entry: records.AuditEntry) -> None:
        """Write down an action."""
        self._write(lambda c: journal.add_audit(c, entry))

    def audit(self, limit: int = 100) -> list[records.AuditEntry]:
        """The newest actions."""
        return self._ask(lambda c: journal.audit(c, limit))

    def add_token(self, token: records.TokenRecord) -> None:
        """Enter a token."""
        self._write(lambda c: journal.add_token(c, token))

    def tokens(self) -> list[records.TokenRecord]:
        """All tokens."""
        return self._ask(journal.tokens)

    def token(self, digest: str) -> records.TokenRecord | None:
        """The token of a digest."""
        return self._ask(lambda c: journal.token(c, digest))

    def remove_token(self, name: str) -> None:
        """Remove a token."""
        self._write(lambda c: journal.remove_token(c, name))

    # ---------------------------------------------------------------- jobs and queries

    def _ask(self, query: Callable[[sqlite3.Connection], T]) -> T:
        with self._readers.borrow() as connection:
            return query(connection)

    def _hand_over(self, job: Job[T]) -> None:
        if self._writer is None:
            job.failed(self._read_only())
        else:
            self._writer.submit(job)

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._writer is None:
            raise self._read_only()
        return self._writer.write(work)

    def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """A change after which names may mean other rows."""

        def changed(connection: sqlite3.Connection) -> T:
            self._ids.forget()
            result = work(connection)
            self._ids.forget()
            return result

        return self._write(changed)

    def _read_only(self) -> StoreError:
        return StoreError(f"{self._path} is open for reading only", code="E-STORE-READONLY")
