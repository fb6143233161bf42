"""The whole ladder, meter and sinks; what is found is kept, what is only tried is not."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from attrs import evolve
from rig.engine import VOLTAGE, Bench

import dlmslite
from dlmslite.codes import AcseUserDiagnostic
from dlmslite.procedures.probe_report import AddressForm, Attempt, End, Exchange, Origin, Outcome
from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.acquaintance import SERIAL
from dlmslite_daemon.engine.control import Makers
from dlmslite_daemon.engine.diagnosis import Diagnosis
from dlmslite_daemon.engine.health import Fault, SinkHealth
from dlmslite_daemon.errors import BridgeError, SinkError, UnknownMeter
from dlmslite_daemon.finding import Finding, Step
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.sinks.probe import SinkTrial

REACHED = Outcome(
    attempt=Attempt(form=AddressForm(1, origin=Origin.NAMED), client=16),
    end=End.ASSOCIATED,
    exchanges=tuple(
        Exchange(step=step, told="", seconds=0.1)
        for step in ("connect", "listen", "link", "association")
    ),
)
AWAY = evolve(
    REACHED, end=End.UNREACHABLE, why="refused", cause="refused", exchanges=REACHED.exchanges[:1]
)
GOOD_SINK = SinkTrial(ok=True, protocol="5", acknowledged=True)


class HastyClock(FakeClock):
    """A fake clock whose waits pass at once."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.advance(max(0.0, seconds))
        return event.is_set()


class Lines:
    """The lines' threads: each does what it is asked at once, or never."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.busy = False
        self.synced = 0

    def poller(self, endpoint: str) -> Lines:
        self.line = Line(endpoint, self.clock)
        return self

    def ask(self, work: Callable[[Line], Any], abort: Callable[[], None]) -> Future[Any]:
        future: Future[Any] = Future()
        self.abort = abort
        if not self.busy:
            try:
                future.set_result(work(self.line))
            except BridgeError as error:
                future.set_exception(error)
        return future

    def sync(self) -> None:
        self.synced += 1


class Desk:
    """A diagnosis with scripted meters, probe and sinks."""

    def __init__(self) -> None:
        self.clock = HastyClock()
        self.bench = Bench(self.clock)
        self.bench.add("kitchen", password="env:PW", url="tcp+hdlc://127.0.0.1:3333")
        self.meter = self.bench.meters["kitchen"]
        self.meter.attributes["0.0.96.1.0.255", 2, 1] = b"MS1234"
        self.meter.attributes["0.0.1.0.0.255", 2, 8] = b"clock"
        self.outcomes = [REACHED]
        self.on_probe: Callable[[], object] = lambda: None
        self.trial: SinkTrial | BridgeError = GOOD_SINK
        self.told: list[str] = []
        self.lines = Lines(self.clock)
        makers = Makers(self.bench.entrance, self.probe_sink)
        self.diagnosis = Diagnosis(self.bench.shared, self.lines, makers, self.probe)  # type: ignore[arg-type]  # only what it needs

    def probe(self, _url: str, **options: Any) -> Any:
        options["progress"]("client 16, server 1: connect")
        self.on_probe()
        return evolve_report(self.outcomes)

    def probe_sink(self, _settings: SinkSettings, _seconds: float) -> SinkTrial:
        if isinstance(self.trial, BridgeError):
            raise self.trial
        return self.trial

    def findings(self) -> list[tuple[str, Cause]]:
        kept = self.bench.store.findings("kitchen", 10)
        return [(record.finding.kind, record.finding.cause) for record in kept]


def evolve_report(outcomes: list[Outcome]) -> Any:
    class Report:
        pass

    report = Report()
    report.outcomes = tuple(outcomes)  # type: ignore[attr-defined]  # a stand-in
    return report


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_test_ends_with_the_first_value_and_is_kept(desk: Desk) -> None:
    diagnosed = desk.diagnosis.test("kitchen", tell=desk.told.append)

    assert diagnosed.finding.healthy, diagnosed.finding.evidence
    assert [(value.key, value.text) for value in diagnosed.values] == [("voltage", "229.90")]
    assert desk.findings() == [("test", Cause.OK)]
    assert desk.told[0] == "waiting for the line"
    assert desk.lines.synced == 1
    assert desk.meter.open_now == 0


def test_another_pair_is_tried_and_nothing_is_kept_of_it(desk: Desk) -> None:
    refusal = dlmslite.AssociationRejected(
        "refused", diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE
    )
    desk.meter.refuse = [refusal]
    diagnosed = desk.diagnosis.test("kitchen", change=lambda one: evolve(one, client=32))

    assert diagnosed.finding.cause is Cause.WRONG_PASSWORD
    assert desk.meter.options[0]["client"] == 32
    assert desk.findings() == []
    assert desk.bench.store.meter("kitchen").settings.client == 16


def test_a_diagnosis_ends_with_the_sinks(desk: Desk) -> None:
    for name, enabled in (("tb", True), ("off", False)):
        desk.bench.store.add_sink(SinkSettings(name, "mqtt", enabled=enabled))
    diagnosed = desk.diagnosis.diagnose("kitchen", tell=desk.told.append)

    names = [(rung.name, rung.sink) for rung in diagnosed.finding.rungs if rung.sink]
    assert names == [("broker", "tb"), ("puback", "tb"), ("takeover", "tb")]
    assert len(diagnosed.values) == 2
    assert desk.findings() == [("diagnose", Cause.OK)]
    assert "sink tb" in desk.told


@pytest.mark.parametrize(
    ("trial", "cause"),
    [
        (SinkTrial(code="E-SINK-UNREACHABLE", message="refused"), Cause.BROKER_DOWN),
        (SinkTrial(code="E-SINK-REFUSED", message="not authorized"), Cause.BAD_TOKEN),
        (SinkError("no secret", code="E-SINK"), Cause.BROKER_DOWN),
    ],
)
def test_a_sink_that_cannot_be_delivered_to(
    desk: Desk, trial: SinkTrial | BridgeError, cause: Cause
) -> None:
    desk.bench.store.add_sink(SinkSettings("tb", "mqtt"))
    desk.trial = trial
    finding = desk.diagnosis.diagnose("kitchen").finding

    assert finding.cause is cause
    assert "tb" in finding.next_action


def test_another_client_of_a_sink_is_seen_on_its_live_connection(desk: Desk) -> None:
    desk.bench.store.add_sink(SinkSettings("tb", "mqtt"))
    fault = Fault("E-SINK-TAKEN-OVER", "another client uses it", at_ms=desk.clock.utc_ms() - 9_000)
    desk.bench.shared.board.put_sink(SinkHealth("tb", "mqtt", last_fault=fault))

    assert desk.diagnosis.diagnose("kitchen").finding.cause is Cause.DUPLICATE_CLIENT


def test_a_live_connection_that_is_lost_again_and_again_has_a_rival(desk: Desk) -> None:
    desk.bench.store.add_sink(SinkSettings("tb", "mqtt"))
    board = desk.bench.shared.board
    fault = Fault("E-SINK-LOST", "the connection ended", at_ms=desk.clock.utc_ms() - 1_000)
    state = SinkHealth("tb", "mqtt", last_fault=fault)
    board.put_sink(state)
    lost = iter(range(1, 9))

    def wait(_event: threading.Event, seconds: float) -> bool:
        desk.clock.advance(seconds)
        if seconds == 0.5:
            board.put_sink(evolve(state, disconnections=next(lost)))
        return False

    desk.clock.wait = wait  # type: ignore[method-assign]  # each wait loses the connection
    finding = desk.diagnosis.diagnose("kitchen").finding

    assert finding.cause is Cause.DUPLICATE_CLIENT
    assert "lost 2 times" in finding.evidence[0]


def test_one_lost_connection_is_an_accident(desk: Desk) -> None:
    desk.bench.store.add_sink(SinkSettings("tb", "mqtt"))
    fault = Fault("E-SINK-LOST", "the connection ended", at_ms=desk.clock.utc_ms() - 1_000)
    desk.bench.shared.board.put_sink(SinkHealth("tb", "mqtt", connected=True, last_fault=fault))
    begun = desk.clock.monotonic()

    assert desk.diagnosis.diagnose("kitchen").finding.healthy
    assert desk.clock.monotonic() - begun > 15.0


def test_the_sinks_are_left_alone_where_the_meter_fails(desk: Desk) -> None:
    desk.bench.store.add_sink(SinkSettings("tb", "mqtt"))
    desk.outcomes = [AWAY, AWAY, AWAY]
    finding = desk.diagnosis.diagnose("kitchen").finding

    assert finding.cause is Cause.REFUSED
    assert not any(rung.sink for rung in finding.rungs)


def test_the_long_run_follows_where_it_is_wanted(desk: Desk) -> None:
    short = desk.diagnosis.diagnose("kitchen").finding
    long = desk.diagnosis.diagnose("kitchen", long=True).finding

    assert "idle" not in {rung.name for rung in short.rungs}
    assert [rung.name for rung in long.rungs][-2:] == ["reads", "idle"]


def test_no_line_is_left_idle_that_other_meters_wait_for(desk: Desk) -> None:
    desk.bench.add("cellar", url="tcp+hdlc://127.0.0.1:3333")
    finding = desk.diagnosis.diagnose("kitchen", long=True).finding

    assert [(rung.name, rung.step) for rung in finding.rungs][-2:] == [
        ("reads", Step.PASSED), ("idle", Step.SKIPPED),
    ]  # fmt: skip


def test_the_serial_number_that_is_remembered_is_compared(desk: Desk) -> None:
    desk.bench.store.note("kitchen", {SERIAL: "MS0001"})

    assert desk.diagnosis.test("kitchen").finding.cause is Cause.IDENTITY_CHANGED


def test_a_commissioning_has_a_page_that_is_kept(desk: Desk) -> None:
    diagnosed = desk.diagnosis.commission("kitchen", reads=5, gaps=(1.0,), rows=0)
    (record,) = desk.bench.store.findings("kitchen", 20)

    assert diagnosed.page.startswith("# Commissioning of kitchen")
    assert record.page == diagnosed.page
    assert record.finding.kind == "commission"


def test_a_session_that_does_not_come_again_is_unknown_and_said(desk: Desk) -> None:
    def lost() -> None:
        if any(text.startswith("read ") for text in desk.told):
            desk.meter.break_reads = [dlmslite.DeadlineExceeded("late")]
            desk.meter.refuse = [dlmslite.TransportError("gone")]

    desk.meter.before_read = lost
    finding = desk.diagnosis.diagnose("kitchen", long=True, tell=desk.told.append).finding

    assert finding.cause is Cause.UNKNOWN
    assert finding.rungs[-1].step is Step.FAILED
    assert "lost in the long run" in finding.evidence[0]


def test_a_line_that_is_busy_for_too_long_is_an_error(desk: Desk) -> None:
    desk.lines.busy = True
    with pytest.raises(BridgeError) as caught:
        desk.diagnosis.test("kitchen", patience=0.01)

    assert caught.value.code == "E-LINE-BUSY"
    assert "was not free within 0.01 s" in caught.value.message


def test_a_climb_that_is_not_over_in_time_is_slow_with_the_rungs_that_it_has(desk: Desk) -> None:
    finding = left_alone(desk, until=lambda run: run())

    assert (finding.cause, finding.rungs[-1].step) == (Cause.SLOW, Step.FAILED)
    assert finding.rungs[0].name == "line"
    assert "no value within 0.01 s" in finding.evidence[0]


def test_a_climb_that_was_answered_by_nobody_is_not_called_slow(desk: Desk) -> None:
    hold, threads = threading.Event(), []

    def until(run: Callable[[], None]) -> None:
        called = threading.Event()
        desk.on_probe = lambda: (called.set(), hold.wait(30))
        threads.append(threading.Thread(target=run))
        threads[0].start()
        assert called.wait(30)

    finding = left_alone(desk, until)
    hold.set()
    threads[0].join()

    assert (finding.cause, finding.confidence) == (Cause.UNKNOWN, Confidence.LOW)
    assert "the last rung was host" in finding.evidence[0]


def left_alone(desk: Desk, until: Callable[[Callable[[], None]], None]) -> Finding:
    """What a test says of a climb whose end it is not told; it is asked when that is so far."""

    def ask(work: Callable[[Line], Any], abort: Callable[[], None]) -> Future[Any]:
        del abort
        until(partial(go, work))
        return Future()

    def go(work: Callable[[Line], Any]) -> None:
        with contextlib.suppress(BridgeError):  # it is broken off in the end
            work(Line("127.0.0.1:3333", desk.clock))

    desk.lines.ask = ask  # type: ignore[method-assign]  # the climb is made, its end is not told
    return desk.diagnosis.test("kitchen", seconds=0.01).finding


def test_a_test_is_given_less_time_for_an_exchange(desk: Desk) -> None:
    desk.diagnosis.test("kitchen")
    desk.diagnosis.diagnose("kitchen")

    assert [options["timeout"] for options in desk.meter.options] == [4.0, 10.0]


def test_it_can_be_broken_off_between_two_connections(desk: Desk) -> None:
    def ends(text: str) -> None:
        if text.endswith("connect"):
            desk.lines.abort()

    with pytest.raises(BridgeError) as ended:
        desk.diagnosis.test("kitchen", tell=ends)
    assert ended.value.code == "E-DIAGNOSIS-ENDED"
    assert desk.findings() == []


def test_an_unknown_meter_is_unknown_to_all(desk: Desk) -> None:
    for ask in (desk.diagnosis.test, desk.diagnosis.diagnose, desk.diagnosis.commission):
        with pytest.raises(UnknownMeter):
            ask("attic")


def test_the_voltage_is_the_first_of_the_series(desk: Desk) -> None:
    assert desk.diagnosis.test("kitchen").values[0].obis == VOLTAGE
