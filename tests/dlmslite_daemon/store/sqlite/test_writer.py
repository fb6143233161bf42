"""Jobs are grouped, one bad job spoils nothing else, and a failing disk loses nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rig.daemon import until

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import BridgeError, StoreBacklog, StoreError, UnknownMeter
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.connection import connect
from dlmslite_daemon.store.sqlite.writer import Job, Writer


class Rig:
    """A writer over one table, and what its jobs came to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        connection = connect(path)
        connection.execute("CREATE TABLE a (x INTEGER PRIMARY KEY) STRICT")
        self.clock = FakeClock()
        self.metrics = Metrics()
        self.rollbacks = 0
        self.writer = Writer(
            connection,
            str(path),
            self.clock,
            self.metrics,
            group_commit=0.2,
            waiting_limit=1000,
            rolled_back=self._rolled_back,
        )

    def _rolled_back(self) -> None:
        self.rollbacks += 1

    def rows(self) -> list[int]:
        connection = sqlite3.connect(self.path)
        found = [x for (x,) in connection.execute("SELECT x FROM a ORDER BY x")]
        connection.close()
        return found

    def let_time_pass(self, outcome: Outcome) -> None:
        """Until something is decided: the writer may only just begin to wait for its next try."""

        def decided() -> bool:
            self.clock.advance(1.0)
            return outcome.event.wait(0.02)

        until(decided, "it is decided")

    def submit(self, work: Callable[[sqlite3.Connection], object], **fields: object) -> Outcome:
        outcome = Outcome()
        self.writer.submit(Job(work, outcome.done, outcome.failed, **fields))
        return outcome


class Outcome:
    def __init__(self) -> None:
        self.event = threading.Event()
        self.value: object = None
        self.error: BridgeError | None = None

    def done(self, value: object) -> None:
        self.value = value
        self.event.set()

    def failed(self, error: BridgeError) -> None:
        self.error = error
        self.event.set()


def put(x: int) -> Callable[[sqlite3.Connection], object]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO a VALUES (?)", (x,))
        return x

    return work


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path / "b.db")
    yield rig
    rig.writer.close(5)


def test_jobs_wait_for_company_and_go_together(rig: Rig) -> None:
    outcomes = [rig.submit(put(x), octets=10, readings=1) for x in (1, 2, 3)]
    assert rig.writer.waiting == (3, 30)
    rig.clock.advance(0.1)
    assert not outcomes[0].event.wait(0.05)
    assert rig.rows() == []
    rig.clock.advance(0.1)
    assert all(outcome.event.wait(30) for outcome in outcomes)
    assert rig.rows() == [1, 2, 3]
    assert "dlmslite_store_commit_seconds_count 1.0" in rig.metrics.render().decode()


def test_an_urgent_job_takes_the_others_along(rig: Rig) -> None:
    waiting = rig.submit(put(1))
    assert rig.writer.write(put(2)) == 2
    assert waiting.event.wait(30)
    assert rig.rows() == [1, 2]


def test_flush_waits_for_no_company(rig: Rig) -> None:
    outcome = rig.submit(put(1))
    rig.writer.flush()
    assert outcome.event.wait(30)
    rig.writer.flush()  # nothing waits: nothing happens


def test_a_job_that_breaks_fails_alone(rig: Rig) -> None:
    def refused(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO a VALUES (99)")
        raise UnknownMeter("attic")

    good, bad, twice, huge = (
        rig.submit(put(1)),
        rig.submit(refused),
        rig.submit(put(1)),
        rig.submit(put(1 << 64)),
    )
    rig.writer.flush()
    assert all(outcome.event.wait(30) for outcome in (good, bad, twice, huge))
    assert good.value == 1
    assert isinstance(bad.error, UnknownMeter)
    assert isinstance(twice.error, StoreError)
    assert huge.error is not None
    assert huge.error.code == "E-STORE-VALUE"
    assert rig.rows() == [1]
    assert rig.rollbacks == 4  # the group, and each bad one by itself


def test_what_write_does_is_what_write_raises(rig: Rig) -> None:
    def refused(_: sqlite3.Connection) -> None:
        raise UnknownMeter("attic")

    with pytest.raises(UnknownMeter):
        rig.writer.write(refused)


def test_a_locked_file_loses_nothing_and_is_tried_again(rig: Rig) -> None:
    other = sqlite3.connect(rig.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    outcome = rig.submit(put(1), octets=10, readings=1, urgent=True)
    busy = 'dlmslite_store_failures_total{code="E-STORE-BUSY"} 1.0'
    until(lambda: busy in rig.metrics.render().decode(), "SQLite itself has waited a second")
    assert not outcome.event.is_set()
    assert rig.writer.waiting == (1, 10)
    other.execute("ROLLBACK")
    other.close()
    rig.let_time_pass(outcome)
    assert rig.rows() == [1]
    assert busy in rig.metrics.render().decode()


def test_jobs_keep_their_order_after_a_failed_try(rig: Rig) -> None:
    tries: list[int] = []

    def full(x: int) -> Callable[[sqlite3.Connection], object]:
        def work(connection: sqlite3.Connection) -> object:
            tries.append(x)
            if len(tries) == 1:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error
            return put(x)(connection)

        return work

    first = rig.submit(full(1))
    rig.writer.flush()
    while not tries:
        threading.Event().wait(0.001)
    second = rig.submit(full(2))
    rig.let_time_pass(first)
    rig.let_time_pass(second)
    assert tries == [1, 1, 2]


def test_more_than_the_limit_is_refused_and_counted(rig: Rig) -> None:
    kept = rig.submit(put(1), octets=900, readings=2)
    lost = rig.submit(put(2), octets=101, readings=3)
    change = rig.submit(put(3))  # a change is no backlog
    assert isinstance(lost.error, StoreBacklog)
    assert "dlmslite_readings_lost_total 3.0" in rig.metrics.render().decode()
    rig.writer.flush()
    assert kept.event.wait(30)
    assert change.event.wait(30)
    assert rig.writer.write(put(4)) == 4
    assert rig.writer.waiting == (0, 0)


def test_a_change_that_is_not_taken_in_time_says_so(rig: Rig) -> None:
    started = threading.Event()
    release = threading.Event()

    def slow(_: sqlite3.Connection) -> None:
        started.set()
        release.wait(10)

    rig.submit(slow, urgent=True)
    assert started.wait(30)
    errors: list[BridgeError] = []

    def change() -> None:
        try:
            rig.writer.write(put(1))
        except BridgeError as error:
            errors.append(error)

    caller = threading.Thread(target=change)
    caller.start()
    while caller.is_alive():
        rig.clock.advance(31.0)
        caller.join(0.02)
    release.set()
    assert [error.code for error in errors] == ["E-STORE-BUSY"]


def test_close_commits_what_waits_and_refuses_what_comes(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "b.db")
    outcome = rig.submit(put(1))
    assert rig.writer.alive
    rig.writer.close(5)
    assert outcome.value == 1
    assert not rig.writer.alive
    late = rig.submit(put(2))
    assert late.error is not None
    assert late.error.code == "E-STORE-CLOSED"


def test_close_does_not_wait_for_a_disk_for_ever(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "b.db")
    other = sqlite3.connect(rig.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    outcome = rig.submit(put(1))
    rig.writer.close(1.5)
    assert outcome.error is not None
    assert outcome.error.code == "E-STORE-CLOSED"
    other.close()
    assert rig.rows() == []


def fatal(_connection: sqlite3.Connection) -> None:
    raise AttributeError("what nobody foresaw")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_writer_dies_everybody_is_told_at_once_and_another_takes_over(rig: Rig) -> None:
    waiting = rig.submit(put(1), octets=10, readings=2)
    with pytest.raises(StoreError) as died:
        rig.writer.write(fatal)  # on a clock that stands still, patience would last for ever
    assert died.value.code == "E-STORE-WRITER"
    assert waiting.event.wait(30)
    assert waiting.error is not None
    assert waiting.error.code == "E-STORE-WRITER"
    assert not rig.writer.alive
    assert rig.writer.waiting == (0, 0)

    refused = rig.submit(put(2), octets=10, readings=1)
    assert refused.event.is_set()
    assert refused.error is not None
    assert "dlmslite_readings_lost_total 3.0" in rig.metrics.render().decode()

    assert rig.writer.revive()
    assert not rig.writer.revive()
    assert rig.writer.alive
    assert rig.writer.write(put(3)) == 3
    assert rig.rows() == [3]
