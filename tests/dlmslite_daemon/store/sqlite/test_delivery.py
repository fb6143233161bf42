"""Of one cursor only the newest number is written; every ticket learns what came of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import StoreError, UnknownSink
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import delivery, fleet
from dlmslite_daemon.store.sqlite.connection import opened
from dlmslite_daemon.store.sqlite.delivery import Advances
from dlmslite_daemon.store.sqlite.writer import Job


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_sink(connection, SinkSettings("tb", "mqtt"), 0, from_beginning=True)
    yield connection
    connection.close()


def test_one_job_writes_the_newest_number_for_all(connection: sqlite3.Connection) -> None:
    jobs: list[Job[None]] = []
    advances = Advances(jobs.append)
    tickets = [advances.add("tb", Lane.LIVE, "", number) for number in (3, 7, 5)]
    (job,) = jobs
    job.work(connection)
    assert not any(ticket.done for ticket in tickets)
    job.done(None)
    assert all(ticket.done for ticket in tickets)
    assert delivery.cursor(connection, "tb", Lane.LIVE, "") == 7


def test_what_comes_while_a_job_is_written_gets_a_job_of_its_own(
    connection: sqlite3.Connection,
) -> None:
    jobs: list[Job[None]] = []
    advances = Advances(jobs.append)
    first = advances.add("tb", Lane.LIVE, "", 3)
    jobs[0].work(connection)
    second = advances.add("tb", Lane.LIVE, "", 4)
    jobs[0].work(connection)  # tried again after a full disk
    third = advances.add("tb", Lane.LIVE, "", 5)
    jobs[0].done(None)
    assert (first.done, second.done, third.done) == (True, False, False)
    assert len(jobs) == 2
    jobs[1].work(connection)
    jobs[1].done(None)
    assert second.done
    assert third.done
    assert delivery.cursor(connection, "tb", Lane.LIVE, "") == 5


def test_cursors_of_their_own_have_jobs_of_their_own() -> None:
    jobs: list[Job[None]] = []
    advances = Advances(jobs.append)
    for lane, name in ((Lane.LIVE, ""), (Lane.HISTORY, ""), (Lane.LIVE, "kitchen")):
        advances.add("tb", lane, name, 1)
    assert len(jobs) == 3


def test_every_ticket_learns_of_a_failure(connection: sqlite3.Connection) -> None:
    jobs: list[Job[None]] = []
    advances = Advances(jobs.append)
    tickets = [advances.add("nobody", Lane.LIVE, "", number) for number in (1, 2)]
    with pytest.raises(UnknownSink) as caught:
        jobs[0].work(connection)
    jobs[0].failed(caught.value)
    for ticket in tickets:
        with pytest.raises(UnknownSink):
            ticket.result()


def test_a_job_that_is_refused_at_once_leaves_nothing_behind() -> None:
    refusal = StoreError("closed")
    advances = Advances(lambda job: job.failed(refusal))
    for _ in range(2):
        with pytest.raises(StoreError):
            advances.add("tb", Lane.LIVE, "", 1).result()
