"""Totals of the store become facts, of the window and of now."""

from __future__ import annotations

import pytest
from rig.counted import HOUR
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.base import Sources, Window
from dlmslite_daemon.reports.gather import gather
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import (
    DeadLetter,
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.totals import LATENCY_BOUNDS, bucket

END = HOUR.since_ms + 300_000


def latency(seconds: float, count: int) -> tuple[int, ...]:
    counts = [0] * (len(LATENCY_BOUNDS) + 1)
    counts[bucket(seconds)] = count
    return tuple(counts)


@pytest.fixture
def sources() -> Sources:
    clock = FakeClock()
    store = MemoryStore(clock)
    store.add_meter(a_meter())
    store.add_meter(a_meter("cellar"))
    store.add_sink(SinkSettings("tb", "mqtt"))
    store.append([a_reading(END + n, host_ts_ms=END + n) for n in range(5)])
    store.advance("tb", Lane.LIVE, "", 3)
    store.add_dead_letter(DeadLetter("tb", Lane.LIVE, 1, 1, "t", b"", "too large", END + 9))
    meter = MeterMetrics(
        "kitchen", END, 300.0, polls_due=30, polls_complete=29, polls_partial=1, readings=149,
        reads_failed=1, read_seconds_max=0.4, running_seconds=300.0, reassociations=1,
        errors_by_kind={"bad-fcs": 2}, failures={"E-LINE-CLOSED": 1}, latency=latency(0.4, 30),
    )  # fmt: skip
    line = NetworkMetrics("kitchen", END, 300.0, 11, 12, 13, 14, 0.1, 2, 20, 5)
    service = ServiceMetrics(END, 300.0, 299.0, readings_lost=3)
    sink = SinkMetrics("tb", END, 300.0, 298.0, 40, 39, 190, 1, 2)
    store.record(Interval((meter,), (line,), service, (sink,)))
    return Sources(store, clock, lambda: None)


def test_each_count_finds_its_place(sources: Sources) -> None:
    facts = gather(sources, HOUR)
    kitchen, cellar = facts.meters
    assert (kitchen.due, kitchen.complete, kitchen.partial) == (30, 29, 1)
    assert (kitchen.produced, kitchen.undelivered, kitchen.reads_failed) == (149, 3, 1)
    assert (kitchen.running_seconds, kitchen.reassociations, kitchen.connects) == (300, 1, 2)
    assert kitchen.discarded == {"bad-fcs": 2}
    assert kitchen.failures == {"E-LINE-CLOSED": 1}
    assert (kitchen.latency.count, kitchen.latency_max) == (30, 0.4)
    assert (kitchen.octets_sent, kitchen.octets_received) == (11, 12)
    assert (kitchen.frames_sent, kitchen.frames_received, kitchen.octets_discarded) == (13, 14, 5)
    assert (kitchen.round_trips, kitchen.round_trip_seconds) == (20, pytest.approx(2.0))
    assert (cellar.due, cellar.latency.count) == (0, 0)
    (sink,) = facts.sinks
    assert (sink.sent, sink.acknowledged, sink.readings, sink.refused) == (40, 39, 190, 1)
    assert (sink.disconnections, sink.connected_seconds, sink.dead_letters) == (2, 298, 1)
    assert (sink.pending, sink.oldest_ms) == ({"live": 2, "history": 0}, END + 3)
    assert (facts.ready_seconds, facts.dropped) == (299, 3)
    assert facts.born_ms == facts.counted_ms == HOUR.since_ms


def test_what_was_taken_a_moment_ago_is_still_under_way(sources: Sources) -> None:
    now_ms = sources.clock.utc_ms()
    fresh = [a_reading(now_ms - ago, host_ts_ms=now_ms - ago) for ago in (4000, 6000)]
    sources.store.append(fresh)
    assert gather(sources, Window(now_ms - 60_000, now_ms)).meters[0].undelivered == 1
    assert gather(sources, Window(now_ms - 3000, now_ms)).meters[0].undelivered == 0


def test_one_meter_alone_and_a_window_before_anything(sources: Sources) -> None:
    (only,) = gather(sources, HOUR, "2").meters
    assert only.name == "cellar"
    early = gather(sources, Window(0, 1000))
    assert (early.counted_ms, early.seconds) == (None, 0)
    assert all(meter.due == 0 for meter in early.meters)
    with pytest.raises(UnknownMeter):
        gather(sources, HOUR, "attic")
