"""A sink changes between one connection and many: nothing is left out, little comes twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.engine import Bench

from dlmslite_daemon.alarm import Alarm, Change, Condition
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.alarm_mail import AlarmMail
from dlmslite_daemon.engine.sink_change import change_sink, settle_alarms
from dlmslite_daemon.errors import UnknownSink
from dlmslite_daemon.outbox import Outbox
from dlmslite_daemon.reading import Lane, Reading, ValueKind

METERS = ("a", "b", "c")
SHARED = SinkSettings("tb", "thingsboard", options={"host": "h"})
OWN = SinkSettings("tb", "thingsboard", options={"host": "h", "mode": "legacy"})


class Stage:
    """Three meters and a sink that is switched to and fro while readings come."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.store = self.bench.store
        for name in METERS:
            self.bench.add(name)
        self.store.add_sink(SHARED)
        self.own = False
        self.delivered: list[int] = []
        self.heard: list[int] = []

    def produce(self, meter: str) -> None:
        ts_ms = self.store.last_number() + 1
        self.store.append([Reading(meter, "voltage", ts_ms, ValueKind.INTEGER, 1, 0)]).result()
        alarm = Alarm(meter, Condition("x", "text"), 1, 1)
        self.store.save_alarms([(alarm, Change.RAISED)])

    def deliver(self, meter: str, count: int) -> None:
        """One connection delivers so much: the meter's own, or that of all."""
        whose = meter if self.own else ""
        outbox = Outbox(self.store, "tb", Lane.LIVE, whose, (meter,) if self.own else None)
        for reading in outbox.take(count):
            self.delivered.append(reading.number or 0)
            outbox.acknowledge([reading.number or 0])
        mail = AlarmMail(self.store, "tb", whose)
        for _ in range(count):
            if (event := mail.next(100.0)) is not None:
                self.heard.append(event.number)
                mail.settled(event.number)

    def switch(self) -> None:
        self.own = not self.own
        change_sink(self.store, OWN if self.own else SHARED)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("produce"), st.sampled_from(METERS), st.just(0)),
        st.tuples(st.just("deliver"), st.sampled_from(METERS), st.integers(1, 4)),
        st.tuples(st.just("switch"), st.just(""), st.just(0)),
    ),
    max_size=40,
)


@given(STEPS)
def test_whatever_is_switched_when_everything_is_delivered(
    steps: list[tuple[str, str, int]],
) -> None:
    stage = Stage()
    for what, meter, count in steps:
        if what == "produce":
            stage.produce(meter)
        elif what == "deliver":
            stage.deliver(meter, count)
        else:
            stage.switch()
    for meter in METERS:
        stage.deliver(meter, 100)
    everything = set(range(1, stage.store.last_number() + 1))
    assert set(stage.delivered) == everything
    assert set(stage.heard) == everything


def test_what_all_have_acknowledged_does_not_come_again() -> None:
    stage = Stage()
    for _ in range(2):
        for meter in METERS:
            stage.produce(meter)
        for meter in METERS:
            stage.deliver(meter, 10)
        stage.switch()
    for meter in METERS:
        stage.produce(meter)
        stage.deliver(meter, 10)
    assert stage.delivered == sorted(set(stage.delivered))
    assert stage.heard == sorted(set(stage.heard))


def test_other_changes_leave_the_cursors_alone() -> None:
    stage = Stage()
    stage.store.advance("tb", Lane.LIVE, "a", 7)
    changed = SinkSettings("tb", "thingsboard", options={"host": "elsewhere"})
    assert change_sink(stage.store, changed).settings == changed
    assert stage.store.cursor("tb", Lane.LIVE, "a") == 7
    with pytest.raises(UnknownSink):
        change_sink(stage.store, SinkSettings("nowhere", "mqtt"))


def test_alarms_that_all_connections_have_told_are_behind_the_sink() -> None:
    stage = Stage()
    stage.switch()
    for meter in METERS:
        stage.produce(meter)
    stage.deliver("a", 1)
    (record,) = stage.store.sinks()
    settle_alarms(stage.store, record)
    assert stage.store.alarm_cursor("tb") == 1
    for meter in METERS:
        stage.deliver(meter, 1)
    settle_alarms(stage.store, record)
    assert stage.store.alarm_cursor("tb") == 3
