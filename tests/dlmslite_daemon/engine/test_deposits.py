"""Batches on their way to the disk: counted when they are there, shown as far as they may be."""

from __future__ import annotations

from collections import deque

import pytest
from attrs import evolve
from rig.bridge import reading
from rig.engine import SERIES, Bench

from dlmslite_daemon.engine.deposits import SETTLED_SOON, Deposits
from dlmslite_daemon.engine.portrait import Portrait
from dlmslite_daemon.engine.series import SeriesBook
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.store.ticket import Stored, Ticket


class Counter:
    """A store's counter at which batches wait until the test lets them through."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bench = Bench()
        self.tickets: deque[Ticket] = deque()
        self.tally = Tally()
        book = SeriesBook(SERIES, Plan.of(SERIES, {}), {})
        self.portrait = Portrait("line", bench.clock, book, self.tally)
        monkeypatch.setattr(bench.store, "append", lambda _: self._ticket())
        before = reading("voltage", 500, 22990)
        self.deposits = Deposits(bench.shared, self.tally, self.portrait, [before])

    def _ticket(self) -> Ticket:
        self.tickets.append(Ticket())
        return self.tickets[-1]

    def give(self, ts_ms: int) -> None:
        one = reading("voltage", ts_ms, 22990)
        self.deposits.add([one, evolve(one, series="current")])


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


def test_the_newest_stored_reading_is_the_last_one_at_the_start(counter: Counter) -> None:
    assert counter.portrait.last_reading_ms == 500
    assert not counter.deposits


def test_a_batch_is_counted_when_it_is_committed_and_in_its_order(counter: Counter) -> None:
    counter.give(1000)
    counter.give(2000)
    assert counter.portrait.last_reading_ms == 2000
    assert counter.deposits.next_time(7.0) == 7.0 + SETTLED_SOON
    counter.tickets[1].resolve(Stored(2))
    counter.deposits.settle()
    assert counter.tally.readings == 0
    counter.tickets[0].resolve(Stored(2))
    assert counter.deposits.next_time(7.0) == 7.0
    counter.deposits.settle()
    assert counter.tally.readings == 4
    assert not counter.deposits


def test_after_a_refusal_only_what_is_on_disk_is_the_last_reading(counter: Counter) -> None:
    counter.give(1000)
    counter.tickets[0].fail(StoreError("the disk is full", code="E-STORE-FULL"))
    counter.deposits.settle()
    assert counter.portrait.last_reading_ms == 500
    assert counter.portrait.fault is not None
    assert counter.portrait.fault.code == "E-STORE-FULL"
    counter.give(2000)
    assert counter.portrait.last_reading_ms == 500
    counter.tickets[1].resolve(Stored(2))
    counter.deposits.settle()
    counter.give(3000)
    assert counter.portrait.last_reading_ms == 3000
