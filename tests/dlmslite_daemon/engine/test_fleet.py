"""Threads in step with the store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from rig.engine import Bench
from rig.fake_delivery import FakeDelivery

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.fleet import Fleet
from dlmslite_daemon.engine.forwarder import Forwarder
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.supervisor import Make, Supervisor
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.store.records import SinkRecord


class Roll(Supervisor):
    """A supervisor that makes each worker once and starts no thread."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.clock, bench.shared.alarms, bench.shared.metrics)
        self.made: dict[str, object] = {}
        self.makers: dict[str, Make] = {}
        self.starts: list[str] = []

    def start(self, name: str, make: Make) -> None:
        self.starts.append(name)
        self.makers[name] = make
        self.made[name] = make()

    def retire(self, name: str) -> None:
        self.made.pop(name).close()
        self.makers.pop(name)


class Stage:
    def __init__(self) -> None:
        self.bench = Bench()
        self.roll = Roll(self.bench)
        self.fleet = Fleet(
            self.bench.shared, self.roll, self.make_line, self.make_poller, self.make_forwarder
        )

    def make_line(self, endpoint: str) -> Line:
        return Line(endpoint, self.bench.clock)

    def make_poller(self, line: Line) -> Poller:
        return Poller(line, self.bench.shared, lambda record: self.bench.kit(record, line))

    def make_forwarder(self, record: SinkRecord, meter: str, number: int) -> Forwarder:
        if record.settings.kind == "pigeon":
            raise ConfigError("there is no such kind")
        if meter == "tokenless":
            raise ConfigError("it has no token")
        assert bool(number) is (meter not in {"", "bridge"})
        shared = self.bench.shared
        return Forwarder(record.name, "mqtt", FakeDelivery(), PlainEncoder("m"), shared, meter)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    for name in list(stage.roll.made):
        stage.roll.retire(name)


def test_meters_of_one_endpoint_share_a_line_and_each_sink_has_a_thread(stage: Stage) -> None:
    for name, url in (("a", "tcp://h1:1"), ("b", "tcp+hdlc://h1:1"), ("c", "tcp://h2:1")):
        stage.bench.add(name, url=url)
    stage.bench.store.add_sink(SinkSettings("s", "mqtt"))
    stage.fleet.sync()
    assert sorted(stage.roll.made) == ["line h1:1", "line h2:1", "sink s"]
    stage.fleet.sync()
    assert len(stage.roll.starts) == 3


def test_52_a_change_touches_its_own_line_only(stage: Stage) -> None:
    stage.bench.add("a", url="tcp://h1:1")
    stage.bench.add("b", url="tcp://h2:1")
    stage.fleet.sync()
    first, second = stage.roll.made["line h1:1"], stage.roll.made["line h2:1"]
    assert isinstance(first, Poller)
    assert isinstance(second, Poller)
    for poller in (first, second):
        stage.bench.run(poller, 15.0)
    changed = evolve(stage.bench.store.meter("a").settings, every=20.0)
    stage.bench.store.set_meter(changed)
    stage.fleet.sync()
    assert first._wanted is not None
    assert second._wanted is None
    stage.bench.store.remove_meter("b")
    stage.fleet.sync()
    assert "line h2:1" not in stage.roll.made
    assert stage.bench.meters["b"].open_now == 0
    assert stage.bench.shared.board.meter("b") is None


def test_a_failed_line_is_made_anew_with_its_meters(stage: Stage) -> None:
    stage.bench.add("a", url="tcp://h1:1")
    stage.fleet.sync()
    again = stage.roll.makers["line h1:1"]()
    assert isinstance(again, Poller)
    assert again is not stage.roll.made["line h1:1"]
    assert stage.fleet.poller("h1:1") is again
    stage.bench.run(again, 15.0)
    assert stage.bench.seen("a").polls_complete == 2


def test_a_line_for_the_occasion_goes_again(stage: Stage) -> None:
    stage.fleet.poller("h9:1")
    assert list(stage.roll.made) == ["line h9:1"]
    stage.fleet.sync()
    assert stage.roll.made == {}


def test_one_bad_sink_never_stops_the_start_and_is_shown(stage: Stage) -> None:
    stage.bench.store.add_sink(SinkSettings("bad", "pigeon"))
    stage.bench.store.add_sink(SinkSettings("off", "mqtt", enabled=False))
    stage.bench.store.add_sink(SinkSettings("good", "mqtt"))
    stage.fleet.sync()
    assert list(stage.roll.made) == ["sink good"]
    bad, good, off = stage.bench.shared.board.sinks()
    assert bad.last_fault is not None
    assert (good.enabled, off.enabled) == (True, False)


def test_a_changed_sink_begins_anew_and_a_removed_one_is_forgotten(stage: Stage) -> None:
    stage.bench.store.add_sink(SinkSettings("s", "mqtt"))
    stage.fleet.sync()
    first = stage.roll.made["sink s"]
    stage.bench.store.set_sink(SinkSettings("s", "mqtt", options={"base": "other"}))
    stage.fleet.sync()
    assert stage.roll.made["sink s"] is not first
    again = stage.roll.makers["sink s"]()
    assert isinstance(again, Forwarder)
    stage.bench.store.remove_sink("s")
    stage.fleet.sync()
    assert stage.roll.made == {}
    assert stage.bench.shared.board.sinks() == ()


LEGACY = SinkSettings("old", "thingsboard", options={"host": "h", "mode": "legacy"})


def test_a_sink_of_one_client_per_meter_has_a_thread_for_each(stage: Stage) -> None:
    for name in ("a", "b", "tokenless"):
        stage.bench.add(name, url=f"tcp://{name}:1")
    stage.bench.store.add_sink(LEGACY)
    stage.fleet.sync()
    assert [name for name in stage.roll.made if "sink" in name] == [
        "sink old/a",
        "sink old/b",
        "sink old/bridge",
    ]
    (sink,) = stage.bench.shared.board.sinks()
    assert sink.last_fault is not None
    assert sink.last_fault.message == "it has no token"
    assert not sink.connected
    stage.bench.store.remove_meter("a")
    stage.fleet.sync()
    assert [name for name in stage.roll.made if "sink" in name] == ["sink old/b", "sink old/bridge"]


def test_a_removed_meter_keeps_its_connection_until_its_readings_are_delivered(
    stage: Stage,
) -> None:
    stage.bench.add("a")
    stage.bench.store.add_sink(LEGACY)
    stage.fleet.sync()
    reading = Reading("a", "voltage", 1, ValueKind.INTEGER, 2299, -1)
    stage.bench.store.append([reading]).result()
    stage.bench.store.remove_meter("a")
    stage.fleet.sync()
    assert "sink old/a" in stage.roll.made
    stage.bench.store.advance("old", Lane.LIVE, "a", 1).result()
    stage.fleet.sync()
    assert "sink old/a" not in stage.roll.made


def test_a_sink_that_is_switched_off_has_no_connections(stage: Stage) -> None:
    stage.bench.add("a")
    stage.bench.store.add_sink(LEGACY)
    stage.fleet.sync()
    stage.bench.store.set_sink(evolve(LEGACY, enabled=False))
    stage.fleet.sync()
    assert "sink old/a" not in stage.roll.made
    (sink,) = stage.bench.shared.board.sinks()
    assert not sink.enabled
