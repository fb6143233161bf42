"""What every part of the SQLite store works with: readers to ask, the writer to change.

What changes something is the writer's job and waits for its commit; what asks borrows a reader's
connection, which sees what is committed and nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.connection import Readers
from dlmslite_daemon.store.sqlite.names import MeasurementIds
from dlmslite_daemon.store.sqlite.writer import Job, Writer

T = TypeVar("T")


class Part:
    """The ground of a store that the parts share.

    Args:
        path: The file.
        clock: The clock.
        metrics: Where it counts.
        writer: The writer; None if the file is only asked.
        ids: The numbers of series; shared with the writer.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        metrics: Metrics,
        writer: Writer | None,
        ids: MeasurementIds,
    ) -> None:
        self._path = path
        self._clock = clock
        self._metrics = metrics
        self._writer = writer
        self._ids = ids
        self._readers = Readers(path)

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
