"""Alarms reach a sink at least once, in order, and their cursor survives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Alarm, Change, Condition
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.alarm_mail import IN_FLIGHT, LOOK_EVERY, AlarmMail, front
from dlmslite_daemon.errors import UnknownSink
from dlmslite_daemon.store.memory import MemoryStore


def stocked(events: int) -> MemoryStore:
    """A store with a sink and that many events after it."""
    store = MemoryStore(FakeClock())
    store.add_sink(SinkSettings("s", "mqtt"))
    alarm = Alarm("kitchen", Condition("a", "text"), 1, 1)
    store.save_alarms([(alarm, Change.RAISED)] * events)
    return store


def drained(mail: AlarmMail, now: float = 100.0) -> list[int]:
    """What it gives out until nothing more comes."""
    numbers = []
    while (event := mail.next(now)) is not None:
        numbers.append(event.number)
    return numbers


def test_only_so_many_are_in_flight_and_the_cursor_follows_the_unbroken_front() -> None:
    store = stocked(IN_FLIGHT + 2)
    mail = AlarmMail(store, "s")
    assert drained(mail) == list(range(1, IN_FLIGHT + 1))
    mail.settled(2)
    assert (mail.cursor, store.alarm_cursor("s"), drained(mail)) == (0, 0, [])
    mail.settled(1)
    assert (mail.cursor, store.alarm_cursor("s")) == (2, 2)
    assert drained(mail) == [IN_FLIGHT + 1, IN_FLIGHT + 2]
    assert mail.pending() == IN_FLIGHT


def test_after_a_lost_connection_what_was_not_acknowledged_comes_again() -> None:
    store = stocked(4)
    mail = AlarmMail(store, "s")
    assert drained(mail) == [1, 2, 3, 4]
    mail.settled(1)
    mail.settled(3)
    mail.rewind()
    assert drained(mail) == [2, 3, 4]
    # So does it after a restart.
    assert drained(AlarmMail(store, "s")) == [2, 3, 4]


def test_an_empty_store_is_asked_once_a_second() -> None:
    store = stocked(0)
    mail = AlarmMail(store, "s")
    assert mail.next(10.0) is None
    store.save_alarms([(Alarm("kitchen", Condition("a", "text"), 1, 1), Change.RAISED)])
    assert mail.next(10.0 + LOOK_EVERY / 2) is None
    assert mail.next(10.0 + LOOK_EVERY) is not None


def test_a_sink_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownSink):
        AlarmMail(stocked(0), "t")


@given(moves=st.lists(st.sampled_from(["next", "settle", "lose", "restart"]), max_size=80))
def test_whatever_happens_every_event_is_settled_in_the_end_and_first_in_order(
    moves: list[str],
) -> None:
    store, now = stocked(20), 0.0
    mail, out, first = AlarmMail(store, "s"), [], []
    for move in [*moves, "lose", *["next", "settle"] * 40]:
        now += 10.0
        if move == "next" and (event := mail.next(now)) is not None:
            out.append(event.number)
            if event.number not in first:
                first.append(event.number)
        elif move == "settle" and out:
            mail.settled(out.pop(0))
        elif move == "lose":
            mail.rewind()
            out = []
        elif move == "restart":
            mail, out = AlarmMail(store, "s"), []
    assert first == list(range(1, 21))
    assert store.alarm_cursor("s") == 20


@given(
    st.lists(st.sampled_from(["a", "b", "bridge", "sink:s", "gone"]), max_size=12),
    st.integers(0, 12),
    st.integers(0, 12),
)
def test_the_front_leaves_nobody_untold_and_waits_for_nobody_else(
    subjects: list[str], a: int, b: int
) -> None:
    store = MemoryStore(FakeClock())
    store.add_sink(SinkSettings("s", "thingsboard"))
    alarms = [Alarm(who, Condition("x", "text"), 1, 1) for who in subjects]
    store.save_alarms([(alarm, Change.RAISED) for alarm in alarms])
    heard = {"a": a, "b": b}
    for whose, number in heard.items():
        store.set_mark(f"alarms/s/{whose}", number)
    waits = [n for n, who in enumerate(subjects, 1) if n > heard.get(who, n)]
    assert front(store, "s", ["a", "b"]) == min(waits, default=len(subjects) + 1) - 1
    waits += [n for n, who in enumerate(subjects, 1) if who in {"bridge", "sink:s"}]
    assert front(store, "s", ["a", "b", "bridge"]) == min(waits, default=len(subjects) + 1) - 1
