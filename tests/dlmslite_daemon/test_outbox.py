"""Nothing is lost, the cursor never runs ahead, and duplicates are what was not settled."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import StoreError, UnknownSink
from dlmslite_daemon.outbox import Outbox
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.ticket import Ticket


def numbers(batch: list[Reading]) -> list[int]:
    return [reading.number or 0 for reading in batch]


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore(FakeClock())
    store.add_meter(a_meter())
    store.add_meter(a_meter("attic"))
    store.add_sink(SinkSettings("tb", "thingsboard"))
    return store


def test_an_outbox_needs_its_sink(store: MemoryStore) -> None:
    with pytest.raises(UnknownSink):
        Outbox(store, "nobody", Lane.LIVE)


def test_readings_are_taken_once_and_in_order(store: MemoryStore) -> None:
    store.append([a_reading(t) for t in (5, 1, 3)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    assert numbers(outbox.take(2)) == [1, 2]
    assert numbers(outbox.take(2)) == [3]
    assert outbox.take(2) == []
    assert (outbox.in_flight, outbox.pending(), outbox.cursor) == (3, 3, 0)
    assert outbox.lane is Lane.LIVE


def test_the_cursor_waits_for_the_first_gap(store: MemoryStore) -> None:
    store.append([a_reading(t) for t in range(4)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    outbox.take(9)
    outbox.acknowledge([2, 3])
    assert (outbox.cursor, outbox.in_flight, outbox.pending()) == (0, 2, 2)
    outbox.acknowledge([1])
    assert (outbox.cursor, store.cursor("tb", Lane.LIVE)) == (3, 3)
    outbox.acknowledge([1, 2])  # an answer that comes twice
    assert (outbox.in_flight, outbox.pending()) == (1, 1)


def test_each_connection_has_its_own_meters_and_cursor(store: MemoryStore) -> None:
    store.append([a_reading(1), a_reading(1, "attic"), a_reading(2)])
    kitchen = Outbox(store, "tb", Lane.LIVE, "kitchen", ["kitchen"])
    attic = Outbox(store, "tb", Lane.LIVE, "attic", ["attic"])
    kitchen.acknowledge(numbers(kitchen.take(9)))
    assert (kitchen.cursor, attic.cursor) == (3, 0)
    assert numbers(attic.take(9)) == [2]


def test_what_was_answered_before_a_rewind_is_not_sent_again(store: MemoryStore) -> None:
    store.append([a_reading(t) for t in range(5)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    outbox.take(4)
    outbox.acknowledge([2, 4])
    outbox.rewind()
    assert (outbox.in_flight, outbox.pending()) == (0, 3)
    assert numbers(outbox.take(1)) == [1]
    assert numbers(outbox.take(1)) == [3]  # 2 was answered
    assert numbers(outbox.take(9)) == [5]
    outbox.acknowledge([1, 3, 5])
    assert (outbox.cursor, outbox.pending()) == (5, 0)


def test_a_refused_message_goes_to_the_dead_letters_and_the_queue_moves(
    store: MemoryStore,
) -> None:
    store.append([a_reading(1), a_reading(2)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    outbox.take(9)
    outbox.bury([1, 2], "t", b"{}", "payload too long", now_ms=7)
    (letter,) = store.dead_letters("tb")
    assert (letter.first, letter.last, letter.reason) == (1, 2, "payload too long")
    assert (outbox.cursor, outbox.in_flight) == (2, 0)


class SlowStore(MemoryStore):
    """Its cursors reach the disk only when somebody asks for it."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.held: list[tuple[Ticket, int]] = []

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        ticket = Ticket()
        self.held.append((ticket, number))
        return ticket

    def flush(self) -> None:
        for ticket, number in self.held:
            ticket.resolve(super().advance("tb", Lane.LIVE, "", number).result())
        self.held.clear()


def test_unsettled_counts_answers_until_their_cursor_is_on_disk() -> None:
    store = SlowStore()
    store.add_meter(a_meter())
    store.add_sink(SinkSettings("tb", "thingsboard"))
    store.append([a_reading(t) for t in range(4)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    outbox.take(9)
    outbox.acknowledge([2])  # beyond a gap: on no disk at all
    assert outbox.unsettled == 1
    outbox.acknowledge([1])
    outbox.acknowledge([3])
    assert outbox.unsettled == 3
    outbox.settle()
    assert (outbox.unsettled, store.cursor("tb", Lane.LIVE)) == (0, 3)


def test_a_cursor_that_cannot_be_stored_is_not_kept_quiet(store: MemoryStore) -> None:
    store.append([a_reading(1)])
    outbox = Outbox(store, "tb", Lane.LIVE)
    outbox.take(9)
    store.remove_sink("tb")
    outbox.acknowledge([1])
    with pytest.raises(UnknownSink):
        _ = outbox.unsettled
    store.close()
    with pytest.raises(StoreError):
        outbox.take(1)


class Delivery(RuleBasedStateMachine):
    """A forwarder that sends, is answered in any order, loses its connection and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(FakeClock())
        self.store.add_meter(a_meter())
        self.store.add_sink(SinkSettings("tb", "thingsboard"))
        self.stored = 0
        self.sent: list[int] = []
        self.in_flight: list[int] = []
        self.answered: set[int] = set()
        self.outbox = Outbox(self.store, "tb", Lane.LIVE)

    @rule(count=st.integers(1, 5))
    def store_readings(self, count: int) -> None:
        self.store.append([a_reading(self.stored + n) for n in range(count)])
        self.stored += count

    @rule(limit=st.integers(1, 4))
    def send(self, limit: int) -> None:
        taken = numbers(self.outbox.take(limit))
        assert taken == sorted(taken)
        self.in_flight += taken
        self.sent += taken

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.in_flight))
        self.in_flight.remove(number)
        self.answered.add(number)
        self.outbox.acknowledge([number])

    @rule()
    def lose_the_connection(self) -> None:
        self.in_flight.clear()
        self.outbox.rewind()

    @rule()
    def restart(self) -> None:
        self.in_flight.clear()
        self.outbox = Outbox(self.store, "tb", Lane.LIVE)

    @invariant()
    def the_cursor_is_the_unbroken_front_of_the_answers(self) -> None:
        cursor = self.store.cursor("tb", Lane.LIVE)
        assert self.answered.issuperset(range(1, cursor + 1))
        assert self.outbox.in_flight == len(self.in_flight)

    @invariant()
    def first_deliveries_rise(self) -> None:
        first = list(dict.fromkeys(self.sent))
        assert first == sorted(first)

    def teardown(self) -> None:
        self.lose_the_connection()
        while taken := numbers(self.outbox.take(3)):
            self.sent += taken
            self.outbox.acknowledge(taken)
        assert set(self.sent) == set(range(1, self.stored + 1))
        assert self.store.cursor("tb", Lane.LIVE) == self.stored
        assert self.outbox.pending() == 0


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


def test_a_meters_own_outbox_passes_what_is_not_its_own(store: MemoryStore) -> None:
    outbox = Outbox(store, "tb", Lane.LIVE, "kitchen", ("kitchen",))
    store.append([a_reading(1, meter="attic"), a_reading(1), a_reading(2, meter="attic")])
    assert numbers(outbox.take(5)) == [2]
    assert outbox.take(5) == []
    outbox.catch_up()
    assert store.cursor("tb", Lane.LIVE, "kitchen") == 0  # 2 is out
    outbox.acknowledge([2])
    outbox.catch_up()
    assert store.cursor("tb", Lane.LIVE, "kitchen") == 3
    outbox.rewind()
    assert outbox.take(5) == []
    assert outbox.pending() == 0
