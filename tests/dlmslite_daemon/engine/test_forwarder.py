"""Take, publish, acknowledge: nothing lost, nothing marked sent before its PUBACK."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.engine import Bench
from rig.fake_delivery import FakeDelivery

from dlmslite_daemon.alarm import Alarm, Change, Condition
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.alarm_mail import IN_FLIGHT
from dlmslite_daemon.engine.forwarder import ALARM_AFTER, HOLD, WINDOW, Forwarder
from dlmslite_daemon.engine.health import MeterHealth, Observed, SinkHealth
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.sinks.base import (
    NO_MATCHING_SUBSCRIBERS,
    CallbackFault,
    Lost,
    Message,
    Outcome,
)
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.sinks.own_device import DeviceEncoder
from dlmslite_daemon.sinks.thingsboard import GatewayEncoder
from dlmslite_daemon.store.records import Desired


class Stage:
    """A forwarder of the sink ``s``, a delivery, and a meter whose readings are stored."""

    def __init__(self, **more: object) -> None:
        self.bench = Bench()
        self.store = self.bench.store
        self.bench.add("kitchen")
        self.store.add_sink(SinkSettings("s", "mqtt"))
        self.delivery = FakeDelivery(**more)
        self.times: Iterator[int] = itertools.count(1_700_000_000_000, 1000)
        self.forwarder = self.again()

    def again(self) -> Forwarder:
        encoder = PlainEncoder("m")
        return Forwarder("s", "mqtt", self.delivery, encoder, self.bench.shared)

    def produce(self, polls: int, source: Source = Source.LIVE) -> None:
        for _ in range(polls):
            ts_ms = next(self.times)
            reading = Reading(
                "kitchen", "voltage", ts_ms, ValueKind.INTEGER, ts_ms, -1, source=source
            )
            self.store.append([reading]).result()

    def run(self, seconds: float = 2.0) -> None:
        clock = self.bench.clock
        until = clock.monotonic() + seconds
        while clock.monotonic() < until:
            wait = self.forwarder.turn(clock.monotonic())
            self.forwarder.wait(0)
            clock.advance(max(0.001, min(wait, 0.2)))

    def arrived(self, leaf: str = "state") -> list[int]:
        """The measurement times of what was published, in order."""
        messages = [m for m in self.delivery.published if m.topic.endswith(leaf) and m.numbers]
        return [json.loads(message.payload)["ts"] for message in messages]

    def cursor(self, lane: Lane = Lane.LIVE) -> int:
        return self.store.cursor("s", lane)

    def seen(self) -> SinkHealth:
        (state,) = self.bench.shared.board.sinks()
        return state


def test_every_stored_reading_is_published_and_the_cursor_follows() -> None:
    stage = Stage()
    stage.produce(120)
    stage.run()
    assert stage.arrived() == list(range(1_700_000_000_000, 1_700_000_120_000, 1000))
    assert stage.cursor() == 120
    stage.run(3.0)
    seen = stage.seen()
    assert (seen.connected, seen.protocol, seen.pending) == (True, "5", 0)
    assert seen.readings_acknowledged == {"kitchen": 120}
    assert seen.acknowledged == seen.sent
    assert seen.last_puback_ms is not None


def test_24_nothing_counts_as_sent_before_its_puback() -> None:
    stage = Stage(answers=False)
    stage.produce(10)
    stage.run()
    published = len(stage.delivery.published)
    assert stage.cursor() == 0
    while stage.delivery.waiting:
        stage.delivery.answer()
    stage.run(0.5)
    assert stage.cursor() == 10
    assert len(stage.delivery.published) == published


@pytest.mark.parametrize(("code", "unheard"), [(NO_MATCHING_SUBSCRIBERS, True), (0, False)])
def test_a_puback_says_whether_anybody_subscribes(code: int, unheard: bool) -> None:
    stage = Stage(answers=False)
    stage.produce(2)
    stage.run()
    while stage.delivery.waiting:
        stage.delivery.answer(code=code)
    stage.run(3.0)
    assert stage.cursor() == 2
    assert stage.seen().unheard is unheard


def test_an_answer_out_of_order_moves_the_cursor_only_over_what_is_whole() -> None:
    stage = Stage(answers=False)
    stage.produce(3)
    stage.run(0.5)
    first, *_ = [t for t, m in stage.delivery.waiting.items() if m.numbers]
    kept = stage.delivery.waiting.pop(first)
    while stage.delivery.waiting:
        stage.delivery.answer()
    stage.run(0.5)
    assert stage.cursor() == 0
    stage.delivery.waiting[first] = kept
    stage.delivery.answer()
    stage.run(0.5)
    assert stage.cursor() == 3


def test_nothing_is_published_while_offline_and_all_of_it_afterwards() -> None:
    refused = Lost("E-SINK-UNREACHABLE", "refused")
    stage = Stage(refuses=refused)
    stage.produce(30)
    stage.run(60.0)
    assert stage.delivery.published == []
    assert 5 <= stage.delivery.opened <= 8  # 1, 2, 4, 8, 16, 30 s
    assert stage.seen().last_fault is not None
    assert stage.seen().next_attempt_ms is not None
    stage.delivery.refuses = None
    stage.run(40.0)
    assert len(stage.arrived()) == 30
    assert stage.cursor() == 30


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 25), st.booleans()), max_size=12))
def test_whatever_is_cut_when_nothing_is_lost_and_first_deliveries_are_in_order(
    steps: list[tuple[int, int, bool]],
) -> None:
    stage = Stage(answers=False)
    stage.run(0.5)
    cuts = 0
    for polls, answers, cut in steps:
        stage.produce(polls)
        stage.run(0.5)
        for _ in range(min(answers, len(stage.delivery.waiting))):
            stage.delivery.answer()
        stage.run(0.3)
        if cut and stage.delivery.connected:
            stage.delivery.lose()
            cuts += 1
            stage.run(0.2)
    stage.delivery.answers = True
    produced = sum(polls for polls, _, _ in steps)
    for _ in range(100):
        if stage.cursor() == produced:
            break
        stage.run(1.0)
    assert stage.cursor() == produced
    arrived = stage.arrived()
    first = list(dict.fromkeys(arrived))
    assert first == sorted(first)
    assert len(first) == produced
    # D: a cut costs at most a window of duplicates.
    assert len(arrived) - len(first) <= cuts * WINDOW


def test_21_history_never_delays_live_values() -> None:
    stage = Stage(answers=False, window=5)
    stage.produce(50, Source.PROFILE)
    stage.run(0.5)
    while stage.delivery.waiting:
        stage.delivery.answer()
    stage.produce(3)
    before = len(stage.arrived("history"))
    stage.run(0.5)
    assert len(stage.arrived("state")) == 3
    assert before < 50
    stage.delivery.answers = True
    stage.run(3.0)
    assert len(stage.arrived("history")) == 50
    assert stage.cursor(Lane.HISTORY) > 0


def test_29_what_is_refused_for_good_goes_to_dead_letters_and_the_queue_moves() -> None:
    stage = Stage(answers=False)
    stage.produce(3)
    stage.run(0.5)
    while stage.delivery.waiting:
        message = next(iter(stage.delivery.waiting.values()))
        outcome = Outcome.REFUSED if message.numbers == (2,) else Outcome.SENT
        stage.delivery.answer(outcome, 0x99, "payload format invalid")
    stage.run(3.0)
    assert stage.cursor() == 3
    (letter,) = stage.store.dead_letters("s")
    assert (letter.first, letter.last, letter.topic) == (2, 2, "m/kitchen/state")
    assert "payload format invalid" in letter.reason
    assert stage.seen().refused == 1


def test_a_value_that_no_message_can_carry_goes_to_dead_letters_too() -> None:
    stage = Stage()
    encoder = GatewayEncoder(payload_max=256)
    stage.forwarder = Forwarder("s", "thingsboard", stage.delivery, encoder, stage.bench.shared)
    long = Reading("kitchen", "voltage", 1, ValueKind.TEXT, text="x" * 1000)
    stage.store.append([long]).result()
    stage.produce(1)
    stage.run(3.0)
    assert stage.cursor() == 2
    assert len(stage.store.dead_letters("s")) == 1
    assert len([m for m in stage.delivery.published if m.numbers]) == 1


def test_27_not_now_means_a_minute_of_silence_and_nothing_lost() -> None:
    stage = Stage(answers=False)
    stage.produce(2)
    stage.run(0.5)
    while stage.delivery.waiting:
        stage.delivery.answer(Outcome.LATER, 0x87, "not authorized")
    stage.produce(5)
    published = len(stage.delivery.published)
    stage.run(HOLD - 1.0)
    assert len(stage.delivery.published) == published
    fault = stage.seen().last_fault
    assert fault is not None
    assert "not authorized" in fault.message
    stage.delivery.answers = True
    stage.run(5.0)
    assert stage.cursor() == 7


def test_31_everything_is_said_again_after_each_connect() -> None:
    stage = Stage()
    stage.run(0.5)
    stage.delivery.lose()
    stage.run(3.0)
    greetings = [m for m in stage.delivery.published if m.topic == "m/bridge/state"]
    assert len(greetings) == 2
    assert stage.seen().disconnections == 1


def test_a_refusing_broker_is_not_asked_sooner_than_it_takes() -> None:
    stage = Stage(refuses=Lost("E-SINK-REFUSED", "bad user name or password", 60.0))
    stage.run(59.0)
    assert stage.delivery.opened == 1
    stage.run(5.0)
    assert stage.delivery.opened == 2


def test_a_connection_that_stays_away_is_an_alarm_until_it_is_back() -> None:
    stage = Stage(refuses=Lost("E-SINK-UNREACHABLE", "refused"))
    stage.run(5.0)
    clock, alarms = stage.bench.clock, stage.bench.shared.alarms
    stage.forwarder.watch(clock.monotonic())
    alarms.turn(clock.monotonic())
    assert alarms.active == 0
    stage.run(ALARM_AFTER)
    stage.forwarder.watch(clock.monotonic())
    alarms.turn(clock.monotonic())
    assert alarms.active_of("sink:s") == 1
    stage.delivery.refuses = None
    stage.run(40.0)
    stage.forwarder.watch(clock.monotonic())
    alarms.turn(clock.monotonic())
    assert alarms.active == 0


def test_36_the_end_says_goodbye_and_closes() -> None:
    stage = Stage()
    stage.produce(1)
    stage.run(0.5)
    stage.forwarder.close()
    assert stage.delivery.published[-1] == Message("m/bridge/state", b"offline", retain=True)
    assert stage.delivery.closed
    assert not stage.seen().connected


def test_the_end_does_not_wait_for_a_broker_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(answers=False)
    stage.run(0.5)
    pump = stage.delivery.pump

    def slow(seconds: float) -> list[object]:
        stage.bench.clock.advance(seconds)
        return pump(seconds)

    monkeypatch.setattr(FakeDelivery, "pump", lambda _self, seconds: slow(seconds))
    before = stage.bench.clock.monotonic()
    stage.forwarder.close()
    assert stage.bench.clock.monotonic() - before < 2.0
    assert stage.delivery.closed


def test_33_a_fault_in_a_handler_is_logged_and_the_work_goes_on() -> None:
    stage = Stage()
    stage.delivery.events.append(CallbackFault("_on_publish", "Traceback"))
    stage.produce(1)
    stage.run()
    assert stage.cursor() == 1


def test_a_restart_continues_at_the_cursor() -> None:
    stage = Stage()
    stage.produce(10)
    stage.run()
    stage.forwarder.close()
    stage.delivery = FakeDelivery()
    stage.forwarder = stage.again()
    stage.produce(2)
    stage.run()
    assert len(stage.arrived()) == 2


def test_wake_and_abort_reach_the_delivery() -> None:
    stage = Stage()
    stage.forwarder.wake()
    stage.forwarder.abort()
    assert stage.delivery.woken == 2
    assert stage.forwarder.name == "sink s"


def alarmed(stage: Stage, count: int = 1) -> None:
    """So many alarms that sinks are to be told of."""
    alarm = Alarm("kitchen", Condition("silence", "nothing heard"), 1, 1)
    stage.store.save_alarms([(alarm, Change.RAISED)] * count)


def heard(stage: Stage) -> list[int]:
    """The ``seq`` of every alarm that was published."""
    messages = [m for m in stage.delivery.published if m.topic.endswith("/alarm")]
    return [json.loads(message.payload)["seq"] for message in messages]


def test_alarms_are_published_beside_the_readings_and_acknowledged() -> None:
    stage = Stage()
    stage.produce(20)
    alarmed(stage, 30)
    stage.run(3.0)
    assert heard(stage) == list(range(1, 31))
    assert stage.store.alarm_cursor("s") == 30
    assert (len(stage.arrived()), stage.cursor()) == (20, 20)


def test_21_alarms_of_an_outage_are_delivered_after_it_and_those_in_flight_again() -> None:
    stage = Stage(answers=False)
    alarmed(stage, 2)
    stage.run()
    assert heard(stage) == [1, 2]
    stage.delivery.lose()
    alarmed(stage, 1)
    stage.delivery.answers = True
    stage.run(5.0)
    assert heard(stage) == [1, 2, 1, 2, 3]
    assert stage.store.alarm_cursor("s") == 3


def test_an_alarm_that_the_broker_refuses_for_good_does_not_hold_the_others() -> None:
    stage = Stage(answers=False)
    stage.run(1.0)
    while stage.delivery.waiting:
        stage.delivery.answer()
    alarmed(stage, 2)
    stage.run(1.5)
    stage.delivery.answer(Outcome.REFUSED, 0x99, "payload format invalid")
    stage.delivery.answer()
    stage.run(3.0)
    assert (stage.store.alarm_cursor("s"), stage.seen().refused) == (2, 1)
    assert stage.store.dead_letters("s") == []


def test_27_an_alarm_that_is_refused_for_now_waits_and_comes_again() -> None:
    stage = Stage(answers=False)
    stage.run(1.0)
    while stage.delivery.waiting:
        stage.delivery.answer()
    alarmed(stage, 1)
    stage.run(1.5)
    stage.delivery.answer(Outcome.LATER, 0x97, "quota exceeded")
    stage.delivery.answers = True
    stage.run(HOLD / 2)
    assert (heard(stage), stage.store.alarm_cursor("s")) == ([1], 0)
    stage.run(HOLD)
    assert (heard(stage), stage.store.alarm_cursor("s")) == ([1, 1], 1)


def test_a_storm_of_alarms_leaves_the_readings_room() -> None:
    stage = Stage(answers=False, window=20)
    stage.run(1.0)
    while stage.delivery.waiting:
        stage.delivery.answer()
    alarmed(stage, 100)
    stage.produce(100)
    stage.run(2.0)
    assert len(heard(stage)) == IN_FLIGHT
    assert len(stage.arrived()) == 20 - IN_FLIGHT


class OwnStage(Stage):
    """The kitchen's own connection; another meter's readings are in the store too."""

    def again(self) -> Forwarder:
        if "cellar" not in self.bench.meters:
            self.bench.add("cellar")
        encoder = DeviceEncoder(8192, "kitchen")
        return Forwarder("s", "tb", self.delivery, encoder, self.bench.shared, "kitchen")

    def show(self, desired: Desired) -> None:
        state = MeterHealth(1, "kitchen", "line", desired, Observed.ONLINE)
        self.bench.shared.board.put_meter(state)

    def other(self, count: int) -> None:
        for _ in range(count):
            ts_ms = next(self.times)
            reading = Reading("cellar", "voltage", ts_ms, ValueKind.INTEGER, ts_ms, -1)
            self.store.append([reading]).result()


def test_a_meters_own_connection_carries_its_readings_alone() -> None:
    stage = OwnStage()
    stage.show(Desired.RUNNING)
    stage.other(3)
    stage.produce(2)
    stage.other(3)
    stage.run(20.0)
    payloads = [json.loads(m.payload)["values"] for m in stage.delivery.published]
    assert {values["device_name"] for values in payloads} == {"kitchen"}
    assert len(payloads) == 2
    # Its cursor passes what is not its own, and the shared one is nobody's.
    assert stage.store.cursor("s", Lane.LIVE, "kitchen") == 8
    assert stage.store.cursor("s", Lane.LIVE) == 8
    assert stage.seen().pending == 0


def test_an_own_connection_rests_while_its_meter_is_paused() -> None:
    stage = OwnStage()
    stage.show(Desired.PAUSED)
    stage.run(5.0)
    assert (stage.delivery.opened, stage.seen().enabled) == (0, False)
    stage.produce(1)  # what a last poll brought is still delivered
    stage.run(5.0)
    assert len(stage.arrived("telemetry")) == 1
    assert not stage.delivery.connected
    stage.show(Desired.RUNNING)
    stage.run(5.0)
    assert stage.delivery.connected
    stage.run(10.0)
    assert stage.seen().enabled


def test_an_own_connection_tells_the_alarms_of_its_meter_and_no_other() -> None:
    stage = OwnStage()
    stage.show(Desired.RUNNING)
    alarms = [Alarm(who, Condition("silence", "x"), 1, 1) for who in ("cellar", "kitchen")]
    stage.store.save_alarms([(alarm, Change.RAISED) for alarm in alarms])
    stage.run(5.0)
    said = [json.loads(m.payload)["values"] for m in stage.delivery.published]
    assert [values["alarm"]["subject"] for values in said] == ["kitchen"]
    stage.forwarder = stage.again()
    stage.run(5.0)
    assert len(stage.delivery.published) == 1


def test_the_bridges_own_connection_tells_what_concerns_no_meter_and_never_rests() -> None:
    stage = OwnStage()
    stage.produce(3)
    encoder = DeviceEncoder(8192, "dlmslite-bridge")
    stage.forwarder = Forwarder("s", "tb", stage.delivery, encoder, stage.bench.shared, "bridge")
    whom = ("kitchen", "bridge", "sink:s", "bridge:store")
    alarms = [Alarm(who, Condition("sink_down", "x"), 1, 1) for who in whom]
    stage.store.save_alarms([(alarm, Change.RAISED) for alarm in alarms])
    stage.run(20.0)
    said = [json.loads(m.payload)["values"] for m in stage.delivery.published]
    assert [values["alarm"]["subject"] for values in said] == ["bridge", "sink:s", "bridge:store"]
    assert {values["device_name"] for values in said} == {"dlmslite-bridge"}
    assert stage.delivery.connected
    assert stage.seen().enabled
    assert stage.seen().pending == 0
