"""One thread that writes: it groups jobs into commits.

A job waits for company up to the group commit, or not at all when it is urgent; while one commit is
on its way to the disk the next group gathers. A group is one transaction. If a job breaks it, the
group is rolled back and each job is tried by itself, so that one bad row spoils nothing else. If
the disk is full, busy or failing, all jobs stay and are tried again; the limit on what waits makes
that bounded.

The thread runs from the making of the store to its end, whoever uses the store: the command line
and the tests have no supervisor. If it dies of something that nobody foresaw, everybody who waits
is told at once, and so is everybody who comes, until ``revive`` starts another one.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from attrs import define

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError, StoreBacklog, StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.connection import explained

T = TypeVar("T")

_RETRY = 1.0  # s; between two tries while the disk does not take it
_PATIENCE = 30.0  # s; how long a caller waits for the commit of a change
_IDLE = 60.0  # s; how long the thread sleeps when nothing waits; it is woken by every job

# What a job may raise without being a fault of the store: refusals of ours, and values that
# SQLite's adapter does not take.
_JOB_ERRORS = (BridgeError, sqlite3.Error, ArithmeticError, LookupError, TypeError, ValueError)


@define(eq=False)
class Job(Generic[T]):
    """Something to write.

    Attributes:
        work: Does it, inside a transaction; its result goes to ``done``.
        done: Called after the commit.
        failed: Called when it will not be committed.
        urgent: Whether it waits for no company.
        octets: About how much memory it holds.
        readings: How many readings are in it.
    """

    work: Callable[[sqlite3.Connection], T]
    done: Callable[[T], None]
    failed: Callable[[BridgeError], None]
    urgent: bool = False
    octets: int = 0
    readings: int = 0


class Writer:
    """The writer of one store.

    Args:
        connection: Its connection; nobody else writes.
        path: The file, for errors.
        clock: The clock.
        metrics: Where it counts.
        group_commit: How long a job waits for company, s.
        waiting_limit: How much may wait, octets.
        rolled_back: Called when a transaction was undone: caches may be wrong then.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: str,
        clock: Clock,
        metrics: Metrics,
        *,
        group_commit: float,
        waiting_limit: int,
        rolled_back: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._metrics = metrics
        self._group_commit = group_commit
        self._limit = waiting_limit
        self._rolled_back = rolled_back
        self._jobs: deque[Job[Any]] = deque()
        self._octets = 0
        self._readings = 0
        self._due: float | None = None
        self._stopping = False
        self._dead = False
        self._group: list[Job[Any]] = []  # on its way to the disk
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread = self._begin()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive() and not self._dead

    def revive(self) -> bool:
        """Start another thread if the last one died; whether it had."""
        with self._lock:
            if not self._dead or self._stopping:
                return False
            self._dead = False
            self._thread = self._begin()
        return True

    @property
    def waiting(self) -> tuple[int, int]:
        """Readings and octets that wait."""
        return self._readings, self._octets

    def submit(self, job: Job[Any]) -> None:
        """Hand a job over; it fails at once when the store is closed or too much waits."""
        with self._lock:
            if self._stopping:
                refusal: StoreError | None = StoreError(
                    "the store is closed", code="E-STORE-CLOSED"
                )
            elif self._dead:
                self._metrics.readings_lost.inc(job.readings)
                refusal = _died(self._path)
            elif job.octets and self._octets + job.octets > self._limit:
                self._metrics.readings_lost.inc(job.readings)
                refusal = StoreBacklog(
                    f"{self._octets} octets wait for the disk; {job.readings} readings are lost"
                )
            else:
                refusal = None
                self._jobs.append(job)
                self._octets += job.octets
                self._readings += job.readings
                now = self._clock.monotonic()
                wanted = now if job.urgent else now + self._group_commit
                if self._due is None or wanted < self._due:
                    self._due = wanted
                    self._wake.set()
        if refusal is not None:
            job.failed(refusal)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something now and wait for its commit.

        Raises:
            BridgeError: What the work raised.
            StoreError: It was not committed, or not in time: then it may still be.
        """
        outcome: _Outcome[T] = _Outcome()
        self.submit(Job(work, outcome.succeed, outcome.fail, urgent=True))
        if not self._clock.wait(outcome.event, _PATIENCE):
            raise StoreError(
                f"{self._path} took no change for {_PATIENCE:g} s",
                code="E-STORE-BUSY",
                hint="is the disk full, or another process holding the file?",
            )
        return outcome.result()

    def flush(self) -> None:
        """Commit what waits without waiting for company."""
        with self._lock:
            if self._jobs:
                self._due = self._clock.monotonic()
                self._wake.set()

    def close(self, patience: float) -> None:
        """Commit what waits, end the thread, close the connection.

        What the disk does not take within the patience fails.
        """
        with self._lock:
            self._stopping = True
            self._due = self._clock.monotonic()
            self._wake.set()
        self._thread.join(patience)
        with self._lock:
            left, self._jobs = list(self._jobs), deque()
        for job in left:
            job.failed(StoreError("the store was closed before the commit", code="E-STORE-CLOSED"))
        self._wake.set()
        self._thread.join(patience)
        self._connection.close()

    def turn(self, now: float) -> float:
        """Commit what is due.

        Args:
            now: The time, s.

        Returns:
            How long until the next turn, s.
        """
        with self._lock:
            self._wake.clear()
            if not self._jobs:
                self._due = None
                return _IDLE
            if self._due is not None and now < self._due:
                return self._due - now
            group, self._jobs = list(self._jobs), deque()
            self._group, self._due = group, None
        left = self._commit(group)
        with self._lock:
            self._group = []
            self._octets -= sum(job.octets for job in group) - sum(job.octets for job in left)
            self._readings -= sum(job.readings for job in group) - sum(j.readings for j in left)
            self._metrics.store_waiting_bytes.set(self._octets)
            if left:
                self._jobs.extendleft(reversed(left))
                self._due = self._clock.monotonic() + _RETRY
                return _RETRY
        return 0.0

    def _begin(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="store writer", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        ended = False
        try:
            while not (self._stopping and not self._jobs):
                seconds = self.turn(self._clock.monotonic())
                if seconds > 0:
                    self._clock.wait(self._wake, seconds)
            ended = True
        finally:
            # What nobody foresaw goes on to the thread's own hook, with its traceback.
            if not ended:
                self._die()

    def _die(self) -> None:
        """Tell everybody who waits that nothing will come."""
        with self._lock:
            self._dead = True
            left = [*self._group, *self._jobs]
            self._group, self._jobs, self._due = [], deque(), None
            self._octets = self._readings = 0
        self._metrics.readings_lost.inc(sum(job.readings for job in left))
        for job in left:
            job.failed(_died(self._path))

    def _commit(self, group: list[Job[Any]]) -> list[Job[Any]]:
        """Commit a group; gives back what must be tried again."""
        started = self._clock.monotonic()
        try:
            results = self._transaction(group)
        except _JOB_ERRORS as error:
            if self._transient(error):
                return group
            if len(group) == 1:
                group[0].failed(self._ours(error))
                return []
            return [job for single in group for job in self._commit([single])]
        self._metrics.store_commit_seconds.observe(self._clock.monotonic() - started)
        for job, result in zip(group, results, strict=True):
            job.done(result)
        return []

    def _transaction(self, group: list[Job[Any]]) -> list[object]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            results = [job.work(connection) for job in group]
            connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled it back already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._rolled_back()
            raise
        return results

    def _transient(self, error: BaseException) -> bool:
        if not isinstance(error, sqlite3.Error):
            return False
        ours, again = explained(error, self._path)
        if again:
            self._metrics.store_failures.labels(ours.code).inc()
        return again

    def _ours(self, error: BaseException) -> BridgeError:
        if isinstance(error, BridgeError):
            return error
        if isinstance(error, sqlite3.Error):
            return explained(error, self._path)[0]
        return StoreError(f"it cannot be stored: {error}", code="E-STORE-VALUE")


def _died(path: str) -> StoreError:
    return StoreError(
        f"the writer of {path} has died; what waited for it is not stored",
        code="E-STORE-WRITER",
        hint="the log has the reason; another writer is started within a second",
    )


class _Outcome(Generic[T]):
    """What became of one change."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._values: list[T] = []
        self._error: BridgeError | None = None

    def succeed(self, value: T) -> None:
        self._values.append(value)
        self.event.set()

    def fail(self, error: BridgeError) -> None:
        self._error = error
        self.event.set()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._values[0]
