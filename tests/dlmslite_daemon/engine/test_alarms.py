"""What holds is raised once, repeated, and cleared; nobody waits for the disk."""

from __future__ import annotations

import pytest

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.alarms import REPEAT_EVERY, AlarmDesk
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.memory import MemoryStore

OPEN = Condition("breaker_open", "left alone")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def desk(store: MemoryStore, clock: FakeClock) -> AlarmDesk:
    return AlarmDesk(store, clock, Metrics())


def test_a_condition_is_raised_once_and_cleared_when_gone(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    for _ in range(5):
        desk.report("kitchen", (OPEN,))
        desk.turn(clock.monotonic())
        clock.advance(1.0)
    (alarm,) = store.alarms()
    assert (alarm.subject, alarm.condition, alarm.count) == ("kitchen", OPEN, 1)
    assert desk.active == desk.active_of("kitchen") == 1
    assert desk.active_of("cellar") == 0
    desk.report("kitchen", ())
    desk.turn(clock.monotonic())
    assert store.alarms() == []
    assert desk.active == 0


def test_what_still_holds_is_counted_once_a_minute(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    for _ in range(4):
        desk.turn(clock.monotonic())
        clock.advance(REPEAT_EVERY)
    assert store.alarms()[0].count == 4


def test_an_alarm_of_before_the_restart_is_cleared_by_what_holds_now(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    desk.close()
    again = AlarmDesk(store, clock, Metrics())
    assert again.active == 1
    again.report("kitchen", ())
    again.turn(clock.monotonic())
    assert store.alarms() == []


def test_a_report_ends_the_wait(desk: AlarmDesk) -> None:
    desk.report("kitchen", (OPEN,))
    desk.wait(1e9)
    desk.abort()
    desk.wait(1e9)
    desk.wake()
    desk.wait(1e9)
    desk.watch(0.0)
