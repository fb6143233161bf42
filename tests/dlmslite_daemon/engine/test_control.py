"""What operators ask, on running threads with scripted meters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rig.engine import CURRENT, VOLTAGE, Bench, settings_of
from rig.fake_client import unreachable
from rig.fake_delivery import FakeDelivery

from dlmslite_daemon.config.schema import SeriesSettings, SinkSettings
from dlmslite_daemon.engine.control import Control, Makers
from dlmslite_daemon.engine.fleet import Fleet
from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.health import Observed, Overall
from dlmslite_daemon.engine.pause import PAUSED_UNTIL
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.supervisor import Supervisor
from dlmslite_daemon.errors import BridgeError, NameTaken, UnknownMeter, UnknownSink
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.sinks.base import Lost
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.sinks.probe import SinkTrial
from dlmslite_daemon.store.records import Desired, SinkRecord


class Stage:
    """A whole engine whose fake clock is moved by the test."""

    def __init__(self) -> None:
        self.bench = Bench()
        shared = self.bench.shared
        self.supervisor = Supervisor(self.bench.clock, shared.alarms, shared.metrics)
        self.fleet = Fleet(shared, self.supervisor, self.line, self.poller, self.forwarder)
        makers = Makers(self.bench.entrance, lambda _settings, _seconds: SinkTrial(ok=True))
        self.control = Control(shared, self.supervisor, self.fleet, makers)
        self.delivery = FakeDelivery()
        self._stop = threading.Event()
        self._time = threading.Thread(target=self._tick)
        self._time.start()

    def line(self, endpoint: str) -> Line:
        return Line(endpoint, self.bench.clock)

    def poller(self, line: Line) -> Poller:
        return Poller(line, self.bench.shared, lambda record: self.bench.kit(record, line))

    def forwarder(self, record: SinkRecord, _meter: str, _number: int) -> Forwarder:
        return Forwarder(record.name, "mqtt", self.delivery, PlainEncoder("m"), self.bench.shared)

    def _tick(self) -> None:
        """Time runs a hundred times faster than outside."""
        while not self._stop.wait(0.002):
            self.bench.clock.advance(0.2)

    def end(self) -> None:
        self.supervisor.release()
        self.supervisor.stop()
        self._stop.set()
        self._time.join()

    def until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 30.0
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass within 30 s"
            time.sleep(0.005)

    def until_seen(self, observed: Observed, name: str = "kitchen") -> None:
        self.until(lambda: self.control.meter(name).observed is observed)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.end()


def test_an_added_meter_is_polled_and_a_removed_one_is_gone(stage: Stage) -> None:
    settings = stage.bench.add("kitchen").settings
    stage.bench.store.remove_meter("kitchen")
    stage.control.add_meter(settings)
    stage.until_seen(Observed.ONLINE)
    with pytest.raises(NameTaken):
        stage.control.add_meter(settings)
    assert stage.control.health().overall is Overall.OK
    stage.control.remove_meter("kitchen")
    stage.until(lambda: stage.bench.meters["kitchen"].open_now == 0)
    stage.until(lambda: not stage.control.health().meters)
    with pytest.raises(UnknownMeter):
        stage.control.meter("kitchen")


def test_pause_and_resume_touch_that_meter_only(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.bench.add("cellar", url="tcp://10.0.0.6:4059")
    stage.fleet.sync()
    stage.until_seen(Observed.ONLINE)
    stage.until_seen(Observed.ONLINE, "cellar")
    assert stage.control.pause("kitchen").desired is Desired.PAUSED
    stage.until_seen(Observed.PAUSED)
    stage.until(lambda: stage.bench.meters["kitchen"].open_now == 0)
    assert stage.bench.meters["cellar"].calls.count("connect") == 1
    assert stage.bench.store.meter("kitchen").desired is Desired.PAUSED
    assert stage.control.resume("1").desired is Desired.RUNNING
    stage.until_seen(Observed.ONLINE)
    stage.control.pause("kitchen", until_ms=2_000_000_000_000)
    assert stage.bench.store.notebook("kitchen")[PAUSED_UNTIL] == "2000000000000"
    stage.control.resume("kitchen")
    assert PAUSED_UNTIL not in stage.bench.store.notebook("kitchen")


def test_a_pause_gets_another_end_and_resumes_by_itself(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.fleet.sync()
    stage.until_seen(Observed.ONLINE)
    stage.control.pause("kitchen")
    stage.until_seen(Observed.PAUSED)
    stage.control.pause("kitchen", until_ms=stage.bench.clock.utc_ms() + 30_000)
    stage.until_seen(Observed.ONLINE)
    assert stage.bench.store.meter("kitchen").desired is Desired.RUNNING


def test_a_restart_releases_and_associates_afresh_and_touches_that_meter_only(
    stage: Stage,
) -> None:
    stage.bench.add("kitchen")
    stage.bench.add("cellar", url="tcp://10.0.0.6:4059")
    stage.fleet.sync()
    stage.until_seen(Observed.ONLINE)
    stage.until_seen(Observed.ONLINE, "cellar")
    before = stage.control.meter("kitchen")
    assert stage.control.restart("1").name == "kitchen"
    kitchen, cellar = stage.bench.meters["kitchen"], stage.bench.meters["cellar"]
    stage.until(lambda: kitchen.calls.count("connect") == 2)
    stage.until_seen(Observed.ONLINE)
    assert kitchen.open_now == 1
    assert kitchen.calls.index("close") < len(kitchen.calls) - kitchen.calls[::-1].index("connect")
    assert cellar.calls.count("connect") == 1
    # It was our own doing: no unplanned re-association.
    assert stage.control.meter("kitchen").reassociations == before.reassociations == 0
    stage.control.pause("kitchen")
    with pytest.raises(BridgeError) as refused:
        stage.control.restart("kitchen")
    assert refused.value.code == "E-METER-PAUSED"
    with pytest.raises(UnknownMeter):
        stage.control.restart("nobody")


def test_a_forced_try_passes_the_breaker(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.bench.meters["kitchen"].refuse = [unreachable() for _ in range(10)]
    stage.fleet.sync()
    stage.until_seen(Observed.BREAKER_OPEN)
    stage.control.resume("kitchen", force=True)
    stage.until_seen(Observed.ONLINE)
    stage.control.force("kitchen")
    with pytest.raises(UnknownMeter):
        stage.control.force("nobody")


def test_test_and_read_run_on_the_lines_thread(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.fleet.sync()
    stage.until_seen(Observed.ONLINE)
    threads: set[str] = set()
    stage.bench.meters["kitchen"].before_read = lambda: threads.add(threading.current_thread().name)
    trial = stage.control.test("kitchen")
    assert trial.ok
    assert [value.key for value in trial.values] == ["voltage", "current"]
    value = stage.control.read("kitchen", SeriesSettings("x", VOLTAGE))
    assert (value.text, value.unit) == ("229.90", "V")
    assert threads == {"line 10.0.0.5:3333"}


def test_a_meter_that_is_not_saved_is_tried_on_a_line_for_the_occasion(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.bench.store.remove_meter("kitchen")
    trial = stage.control.try_meter(settings_of("kitchen"))
    assert trial.ok
    assert stage.bench.store.meters() == []
    stage.until(lambda: not stage.supervisor.threads())


def test_a_read_that_fails_says_why(stage: Stage) -> None:
    stage.bench.add("kitchen", paused=True)
    stage.fleet.sync()
    stage.bench.meters["kitchen"].refuse = [unreachable()]
    with pytest.raises(BridgeError) as raised:
        stage.control.read("kitchen", SeriesSettings("x", CURRENT))
    assert raised.value.code == "E-LINE-REFUSED"


def test_a_line_that_gives_no_result_is_reported_and_freed(stage: Stage) -> None:
    stage.bench.add("kitchen", paused=True)
    stage.fleet.sync()
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        go.wait(30)

    stage.bench.meters["kitchen"].before_read = hold
    with pytest.raises(BridgeError) as raised:
        stage.control.test("kitchen", seconds=0.2)
    assert raised.value.code == "E-LINE-BUSY"
    assert held.is_set()
    go.set()


def test_series_are_read_as_soon_as_they_are_added(stage: Stage) -> None:
    stage.bench.add("kitchen", series=(SeriesSettings("voltage", VOLTAGE),))
    stage.fleet.sync()
    stage.until_seen(Observed.ONLINE)
    stage.control.add_series("kitchen", SeriesSettings("current", CURRENT))
    stage.until(lambda: len(stage.bench.store.latest("kitchen")) == 2)
    stage.control.remove_series("kitchen", "voltage")
    stage.until(lambda: [s.key for s in stage.control.meter("kitchen").series] == ["current"])
    stage.control.set_meter(settings_of("kitchen", every=5.0))
    stage.until(lambda: len(stage.control.meter("kitchen").series) == 2)


def test_pending_is_what_the_slowest_sink_has_not_acknowledged(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.control.add_sink(SinkSettings("s", "mqtt"))
    stage.fleet.sync()
    stage.until(lambda: stage.bench.store.cursor("s", Lane.LIVE) > 4)
    stage.delivery.refuses = Lost("E-SINK-UNREACHABLE", "gone", 1e6)
    stage.delivery.lose()
    stage.until(lambda: stage.control.pending("kitchen") > 4)
    assert stage.control.health().overall is Overall.DEGRADED
    stage.control.remove_sink("s")
    assert stage.control.pending("kitchen") == 0
    with pytest.raises(UnknownSink):
        stage.control.set_sink(SinkSettings("s", "mqtt"))


def test_a_sink_is_tried_without_being_saved(stage: Stage) -> None:
    assert stage.control.test_sink(SinkSettings("s", "mqtt")).ok
    assert stage.bench.store.sinks() == []


def test_health_shows_everything(stage: Stage) -> None:
    stage.bench.add("kitchen")
    stage.control.add_sink(SinkSettings("s", "mqtt"))
    stage.supervisor.start("alarms", lambda: stage.bench.shared.alarms)
    stage.until_seen(Observed.ONLINE)
    health = stage.control.health()
    assert [meter.name for meter in health.meters] == ["kitchen"]
    assert [sink.name for sink in health.sinks] == ["s"]
    names = [thread.name for thread in health.threads]
    assert names == ["alarms", "line 10.0.0.5:3333", "sink s"]
    assert health.store["waiting"] == 0
    assert health.alarms == stage.control.alarms_of("kitchen") == 0
    assert health.uptime_seconds > 0
