"""One row per meter per five minutes, true to what happened; a flush closes a span early."""

from __future__ import annotations

import itertools

import pytest
from attrs import evolve
from rig.engine import Bench

import dlmslite
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.health import SinkHealth
from dlmslite_daemon.engine.poller import Poller
from dlmslite_daemon.engine.recorder import LOOK_EVERY, Recorder
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.store.records import Desired, Interval


class Stage:
    """A bench whose wall clock begins on a boundary of five minutes, and a recorder."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.clock = self.bench.clock
        self.clock.advance(300.0 - self.clock.utc_ms() / 1000 % 300.0)
        self.works = True
        self.store = self.bench.store
        self.times = itertools.count(1)
        self.recorder = Recorder(self.bench.shared, lambda: self.works)
        self.recorder.turn(self.clock.monotonic())  # its thread begins with it

    def run(self, seconds: float, poller: Poller | None = None) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until - 1e-6:
            step = min(LOOK_EVERY, until - self.clock.monotonic())
            if poller is not None:
                self.bench.run(poller, step)
            else:
                self.clock.advance(step)
            self.recorder.turn(self.clock.monotonic())

    def produce(self, meter: str, count: int) -> None:
        batch = [
            Reading(
                meter, "voltage", next(self.times), ValueKind.INTEGER, 1,
                host_ts_ms=self.clock.utc_ms(),
            )
            for _ in range(count)
        ]  # fmt: skip
        self.store.append(batch)


def test_one_row_of_a_meter_and_its_line_each_five_minutes() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    poller = stage.bench.poller(record)
    began = stage.clock.utc_ms()
    stage.run(600.0, poller)
    rows, lines = stage.store.meter_metrics("kitchen"), stage.store.network_metrics("kitchen")
    assert [row.ts_ms - began for row in rows] == [300_000, 600_000]
    assert [line.ts_ms for line in lines] == [row.ts_ms for row in rows]
    for row in rows:
        assert row.seconds == pytest.approx(300.0, abs=LOOK_EVERY)
        assert row.running_seconds == pytest.approx(row.seconds, abs=LOOK_EVERY)
        assert row.polls_due == pytest.approx(30, abs=2)
        assert row.polls_complete == pytest.approx(row.polls_due, abs=1)
        assert sum(row.latency) == pytest.approx(row.polls_due, abs=1)
        assert row.read_seconds_max is not None
        assert row.read_seconds_min is not None
    state = stage.bench.seen("kitchen")
    assert sum(row.readings for row in rows) == state.readings
    assert sum(line.connects for line in lines) == state.connects == 1
    assert sum(line.round_trips for line in lines) > 0


def test_failures_are_counted_by_code_and_written_down() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    stage.bench.meters["kitchen"].refuse = [dlmslite.TransportError("refused")] * 99
    stage.run(310.0, stage.bench.poller(record))
    (row,) = stage.store.meter_metrics("kitchen")
    assert row.polls_complete == 0
    assert row.polls_failed == sum(row.failures.values()) > 0
    events = stage.store.diagnostics("kitchen")
    assert {(event.severity, event.category) for event in events} <= {
        ("error", "connection"), ("error", "association"), ("info", "data"),
    }  # fmt: skip
    assert next(iter(row.failures)) in events[-1].message


def test_a_paused_meter_does_not_run() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    poller = stage.bench.poller(record)
    stage.run(100.0, poller)
    poller.assign([stage.store.set_desired("kitchen", Desired.PAUSED)])
    stage.run(210.0, poller)
    (row,) = stage.store.meter_metrics("kitchen")
    assert row.running_seconds == pytest.approx(100.0, abs=2 * LOOK_EVERY)


def test_a_flush_closes_the_span_early_and_the_rows_add_up() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    poller = stage.bench.poller(record)
    began = stage.clock.utc_ms()
    stage.run(100.0, poller)
    stage.recorder.flush()
    stage.recorder.flush()  # nothing is new
    stage.run(200.0, poller)
    rows = stage.store.meter_metrics("kitchen")
    assert [row.ts_ms - began for row in rows] == [100_000, 300_000]
    total = stage.store.meter_totals(began, stage.clock.utc_ms())["kitchen"]
    assert total.seconds == pytest.approx(300.0)
    assert total.readings == stage.bench.seen("kitchen").readings


def test_the_end_writes_what_happened_last() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    stage.run(50.0, stage.bench.poller(record))
    stage.recorder.close()
    assert len(stage.store.meter_metrics("kitchen")) == 1


def test_what_the_last_thread_counted_is_written_however_short_the_span_was() -> None:
    stage = Stage()
    record = stage.bench.add("kitchen")
    poller = stage.bench.poller(record)
    stage.run(50.0, poller)
    stage.recorder.close()
    stage.run(1.0, poller)
    poller.close()
    stage.recorder.close()
    stage.recorder.finish()
    rows = stage.store.meter_metrics("kitchen")
    assert [row.seconds for row in rows] == pytest.approx([50.0, 1.0])


def test_only_what_all_enabled_sinks_acknowledged_counts() -> None:
    stage = Stage()
    stage.bench.add("kitchen")
    ledger = stage.bench.shared.ledger
    ledger.open("kitchen").readings += 10
    for name, enabled in (("a", True), ("b", True), ("off", False)):
        stage.store.add_sink(SinkSettings(name, "mqtt", enabled, {"host": "h"}))
    # One connection a meter, and none for this one.
    options = {"host": "h", "mode": "legacy", "meters": ["attic"]}
    stage.store.add_sink(SinkSettings("tb", "thingsboard", options=options))
    ledger.arrived("a", [("kitchen", 0.1)] * 10)
    ledger.arrived("b", [("kitchen", 0.1)] * 4)
    stage.run(300.0)
    ledger.arrived("b", [("kitchen", 0.1)] * 5)
    ledger.refused(["kitchen"])
    stage.run(300.0)
    rows = stage.store.meter_metrics("kitchen")
    assert [row.acknowledged for row in rows] == [4, 5]
    assert [row.refused for row in rows] == [0, 1]
    assert [sum(row.end_to_end) for row in rows] == [14, 5]


def test_the_bridge_and_its_sinks_have_rows_too() -> None:
    stage = Stage()
    stage.bench.add("kitchen")
    stage.store.add_sink(SinkSettings("tb", "mqtt"))
    board, metrics = stage.bench.shared.board, stage.bench.shared.metrics
    state = SinkHealth("tb", "mqtt", connected=True, sent=9, acknowledged=8)
    board.put_sink(
        evolve(state, readings_acknowledged={"kitchen": 20}, pending_live=3, pending_history=0)
    )
    stage.produce("kitchen", 3)
    metrics.readings_lost.inc(2)
    stage.run(150.0)
    stage.works = False
    # The forwarder was made anew: its counts begin at nothing.
    board.put_sink(SinkHealth("tb", "mqtt", sent=2, disconnections=1))
    stage.run(150.0)
    (service,) = stage.store.service_metrics()
    assert service.ready_seconds == pytest.approx(150.0, abs=LOOK_EVERY)
    assert (service.readings_lost, service.disconnections) == (2, 1)
    (row,) = stage.store.sink_metrics("tb")
    assert (row.sent, row.disconnections, row.connected_seconds) == (
        2, 1, pytest.approx(150.0, abs=LOOK_EVERY)
    )  # fmt: skip
    assert row.oldest_pending_ms == 300_000
    board.put_sink(SinkHealth("tb", "mqtt", sent=5, disconnections=1))
    stage.run(300.0)
    assert [(r.sent, r.disconnections) for r in stage.store.sink_metrics("tb")] == [(2, 1), (3, 0)]


def test_rows_wait_for_a_store_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.bench.add("kitchen")
    tally = stage.bench.shared.ledger.open("kitchen")
    whole = stage.store.record

    def full(interval: Interval) -> None:
        raise StoreError("full", code="E-STORE-FULL")

    monkeypatch.setattr(stage.store, "record", full)
    tally.readings += 5
    with pytest.raises(StoreError):
        stage.run(300.0)
    monkeypatch.setattr(stage.store, "record", whole)
    stage.run(310.0)
    assert [row.readings for row in stage.store.meter_metrics("kitchen")] == [5, 0]


def test_after_a_jump_of_the_wall_clock_a_row_has_the_time_of_now() -> None:
    stage = Stage()
    stage.bench.add("kitchen")
    stage.bench.shared.ledger.open("kitchen")
    stage.run(100.0)
    stage.clock.jump_wall(86_400.0)
    stage.run(10.0)
    (row,) = stage.store.meter_metrics("kitchen")
    assert (row.ts_ms, row.seconds) == (stage.clock.utc_ms(), pytest.approx(110.0))


def test_a_look_after_the_end_of_the_five_minutes_does_not_make_them_longer() -> None:
    stage = Stage()
    stage.bench.add("kitchen")
    stage.bench.shared.ledger.open("kitchen")
    stage.clock.advance(273.0)
    stage.recorder.turn(stage.clock.monotonic())
    recorder = Recorder(stage.bench.shared, lambda: stage.works)
    began = stage.clock.utc_ms()
    boundary = began + 27_000
    for _ in range(3):
        recorder.turn(stage.clock.monotonic())
        stage.clock.advance(LOOK_EVERY)
    recorder.turn(stage.clock.monotonic())  # 3 s after the boundary
    (row,) = stage.store.meter_metrics("kitchen")
    assert (row.ts_ms, row.seconds) == (boundary, 27.0)
    stage.clock.advance(20.0)
    recorder.flush()
    totals = stage.store.service_totals(0, stage.clock.utc_ms() + 1)
    # Since its first look, to the millisecond, and ready all the while.
    assert (totals.first_ms, totals.ready_seconds) == (began, 50.0)


def test_the_start_of_a_bridge_is_no_outage_of_it() -> None:
    """What happens before the recorder's thread runs is in no row; all that is later counts."""
    stage = Stage()
    recorder = Recorder(stage.bench.shared, lambda: stage.works)
    stage.clock.advance(4.0)
    began = stage.clock.utc_ms()
    recorder.turn(stage.clock.monotonic())
    stage.clock.advance(LOOK_EVERY)
    recorder.turn(stage.clock.monotonic())
    stage.works = False
    stage.clock.advance(LOOK_EVERY)
    recorder.flush()
    totals = stage.store.service_totals(0, stage.clock.utc_ms() + 1)
    assert totals.first_ms == began
    assert totals.ready_seconds == LOOK_EVERY
