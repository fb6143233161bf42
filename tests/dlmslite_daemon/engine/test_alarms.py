"""What holds is raised once, repeated, and cleared; nobody waits for the disk."""

from __future__ import annotations

import pytest

from dlmslite_daemon.alarm import Alarm, Change, Condition, Mute
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import MeterSettings, SinkSettings
from dlmslite_daemon.engine.alarms import REPEAT_EVERY, RETRY, SETTLING, AlarmDesk
from dlmslite_daemon.errors import StoreError, UnknownAlarm, UnknownMute
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.flapping import FlappingSettings
from dlmslite_daemon.store.memory import MemoryStore

OPEN = Condition("breaker_open", "left alone")
QUIET = Condition("silence", "nothing heard")


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


def test_an_alarm_of_before_the_restart_stays_until_there_was_time_to_look(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    store.add_meter(MeterSettings("kitchen", "tcp://h:1"))
    desk.report("kitchen", (OPEN, QUIET))
    desk.close()
    again = AlarmDesk(store, clock, Metrics())
    assert again.active == 2
    # It was not polled yet, so nothing is seen of it; that does not mean that all is well.
    again.report("kitchen", ())
    again.turn(clock.monotonic())
    clock.advance(SETTLING / 2)
    again.report("kitchen", (OPEN,))
    again.turn(clock.monotonic())
    assert [(a.number, a.count) for a in store.alarms()] == [(2, 1), (1, 2)]
    clock.advance(again.turn(clock.monotonic()))
    again.turn(clock.monotonic())
    assert [a.condition for a in store.alarms()] == [OPEN]
    again.report("kitchen", ())
    again.turn(clock.monotonic())
    assert store.alarms() == []


def test_an_alarm_of_before_the_restart_goes_with_its_meter(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    store.add_meter(MeterSettings("kitchen", "tcp://h:1"))
    desk.report("kitchen", (OPEN,))
    desk.close()
    again = AlarmDesk(store, clock, Metrics())
    again.forget("kitchen")
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


def told(store: MemoryStore) -> list[str]:
    """What sinks are told, as ``code change``."""
    events = store.alarm_events(0, 100)
    return [f"{event.alarm.condition.code} {event.change}" for event in events]


def test_two_sources_of_one_subject_do_not_wipe_each_other(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("bridge", (OPEN,), "threads")
    desk.report("bridge", (QUIET,), "store")
    desk.turn(clock.monotonic())
    desk.report("bridge", (), "threads")
    desk.turn(clock.monotonic())
    assert [alarm.condition for alarm in store.alarms()] == [QUIET]


def test_a_removed_subject_has_no_alarm_whoever_reported_it(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    desk.report("kitchen", (QUIET,), "clock")
    desk.turn(clock.monotonic())
    desk.forget("kitchen")
    desk.turn(clock.monotonic())
    assert store.alarms() == []


def test_alarms_of_what_went_while_no_daemon_ran_are_over(
    store: MemoryStore, clock: FakeClock
) -> None:
    store.add_meter(MeterSettings("kitchen", "tcp://h:1"))
    store.add_sink(SinkSettings("tb", "mqtt"))
    for subject in ("kitchen", "attic", "sink:tb", "sink:old", "bridge", "bridge:store"):
        store.save_alarm(Alarm(subject, OPEN, 1, 1))
    desk = AlarmDesk(store, clock, Metrics())
    desk.turn(clock.monotonic())
    there = {"kitchen", "sink:tb", "bridge", "bridge:store"}
    assert {alarm.subject for alarm in store.alarms()} == there


def test_sinks_are_told_of_raising_acknowledging_and_clearing_and_not_of_repeats(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    desk.turn(clock.monotonic())
    clock.advance(REPEAT_EVERY)
    desk.turn(clock.monotonic())
    assert desk.acknowledge(1, "ann").acknowledged_by == "ann"
    assert desk.acknowledge(1, "bob").acknowledged_by == "ann"
    desk.report("kitchen", ())
    desk.turn(clock.monotonic())
    assert told(store) == [f"breaker_open {change}" for change in Change]
    assert store.alarm(1).acknowledged_by == "ann"


def test_an_alarm_cleared_by_hand_is_raised_anew_while_it_holds(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    desk.turn(clock.monotonic())
    over = desk.clear(1, "ann")
    assert (over.active, over.cleared_by, desk.active) == (False, "ann", 0)
    assert desk.clear(1, "bob") == over
    clock.advance(REPEAT_EVERY)
    desk.turn(clock.monotonic())
    (again,) = store.alarms()
    assert again.number == 2
    assert told(store) == ["breaker_open raised", "breaker_open cleared", "breaker_open raised"]


def test_an_unknown_number_is_told(desk: AlarmDesk) -> None:
    for act in (desk.acknowledge, desk.clear):
        with pytest.raises(UnknownAlarm, match="no alarm 9"):
            act(9, "ann")


def test_a_muted_alarm_is_recorded_shown_as_muted_and_not_sent(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.mute(Mute("breaker_open", by="ann"))
    desk.report("kitchen", (OPEN, QUIET))
    desk.turn(clock.monotonic())
    by_code = {alarm.condition.code: alarm for alarm in store.alarms()}
    assert (by_code["breaker_open"].muted, by_code["silence"].muted) == (True, False)
    assert (desk.active, desk.active_of("kitchen")) == (1, 1)
    desk.report("kitchen", ())
    desk.turn(clock.monotonic())
    assert told(store) == ["silence raised", "silence cleared"]


def test_a_mute_survives_a_restart_and_ends_by_itself(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.mute(Mute(subject="kitchen", until_ms=clock.utc_ms() + 20_000))
    again = AlarmDesk(store, clock, Metrics())
    store.add_meter(MeterSettings("kitchen", "tcp://h:1"))
    again.report("kitchen", (OPEN,))
    assert again.turn(clock.monotonic()) == pytest.approx(20.0)
    assert (told(store), again.mutes()) == ([], tuple(store.mutes()))
    clock.advance(20.0)
    again.turn(clock.monotonic())
    assert told(store) == ["breaker_open raised"]
    assert again.mutes() == ()


def test_unmuting_tells_at_once_what_is_still_open(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.mute(Mute("breaker_open", "kitchen"))
    desk.report("kitchen", (OPEN,))
    desk.turn(clock.monotonic())
    with pytest.raises(UnknownMute, match="'breaker_open'"):
        desk.unmute("breaker_open", "")
    desk.unmute("breaker_open", "kitchen")
    assert told(store) == ["breaker_open raised"]
    assert store.mutes() == []


def test_what_a_sink_was_told_of_is_ended_there_although_it_is_muted_by_then(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.report("kitchen", (OPEN,))
    desk.turn(clock.monotonic())
    desk.mute(Mute("breaker_open"))
    assert store.alarm(1).muted
    desk.report("kitchen", ())
    desk.turn(clock.monotonic())
    assert told(store) == ["breaker_open raised", "breaker_open cleared"]


def test_an_alarm_that_comes_and_goes_is_held_open_until_it_is_quiet(
    store: MemoryStore, clock: FakeClock
) -> None:
    desk = AlarmDesk(store, clock, Metrics(), FlappingSettings(comings=2, window=100.0))
    began, offset = clock.monotonic(), clock.utc_ms() - clock.monotonic() * 1000
    for _ in range(20):
        for conditions in ((OPEN,), ()):
            desk.report("kitchen", conditions)
            desk.turn(clock.monotonic())
            clock.advance(1.0)
    (alarm,) = store.alarms()
    assert (alarm.number, alarm.flaps) == (2, 18)
    assert told(store).count("breaker_open raised") == 2
    while store.alarms():
        clock.advance(desk.turn(clock.monotonic()))
    # It went last at 39 s, and was due a window later.
    assert store.alarm(2).cleared_ms == pytest.approx((began + 139.0) * 1000 + offset, abs=1)


def test_a_store_that_takes_nothing_is_tried_again_and_nothing_is_forgotten(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[Alarm]:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_alarms", full)
        desk.report("kitchen", (OPEN,))
        assert desk.turn(clock.monotonic()) == RETRY
    assert desk.active == 0
    desk.turn(clock.monotonic())
    assert (desk.active, told(store)) == (1, ["breaker_open raised"])


def test_the_damping_takes_other_numbers_while_it_runs(
    desk: AlarmDesk, store: MemoryStore, clock: FakeClock
) -> None:
    desk.retune(FlappingSettings(comings=1, window=100.0))
    desk.report("kitchen", (OPEN,))
    desk.turn(clock.monotonic())
    desk.report("kitchen", ())
    desk.turn(clock.monotonic())
    assert len(store.alarms()) == 1
    desk.retune(FlappingSettings(comings=1, window=0.0))
    desk.turn(clock.monotonic())
    assert store.alarms() == []
