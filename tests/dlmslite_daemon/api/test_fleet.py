"""Backlog by sink and by meter, with few questions to the store."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, reading

from dlmslite_daemon.api.fleet import Backlog, readings_24h
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import MeterMetrics


def test_the_backlog_of_a_meter_is_that_of_the_sink_furthest_behind(parts: Bridge) -> None:
    for name in ("fast", "slow"):
        parts.store.add_sink(SinkSettings(name, "mqtt"))
    parts.store.add_sink(SinkSettings("off", "mqtt", enabled=False))
    parts.keep(*(reading("voltage", NOW_MS + n, n) for n in range(4)))
    ticket = parts.store.advance("fast", Lane.LIVE, "", 3)
    parts.store.flush()
    assert ticket.event.wait(5)
    backlog = Backlog(parts.store)
    assert backlog.of_meter("kitchen") == 4
    assert backlog.of_meter("garage") == 0
    assert backlog.of_sink("fast") == {"live": 1, "history": 0}
    assert backlog.of_sink("slow", "kitchen") == {"live": 4, "history": 0}
    assert backlog.of_sink("off") == {"live": 0, "history": 0}


def test_readings_of_a_day_are_those_of_its_metrics(parts: Bridge) -> None:
    day = 24 * 3600 * 1000
    parts.store.add_meter_metrics(
        [
            MeterMetrics("kitchen", NOW_MS - 2 * day, 300.0, readings=1),
            MeterMetrics("kitchen", NOW_MS - 1000, 300.0, readings=2),
            MeterMetrics("kitchen", NOW_MS, 300.0, readings=3),
        ]
    )
    assert readings_24h(parts.store, "kitchen", NOW_MS) == 5
