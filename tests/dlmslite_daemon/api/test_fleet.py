"""Backlog by sink and by meter, with few questions to the store."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, reading

from dlmslite_daemon.api.fleet import Backlog, readings_24h
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane


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


def test_readings_of_a_day_are_those_that_are_stored(parts: Bridge) -> None:
    day = 24 * 3600 * 1000
    parts.keep(*(reading("voltage", NOW_MS - age, 1) for age in (0, 1000, day, day + 1)))
    assert readings_24h(parts.services, "kitchen") == readings_24h(parts.services) == 3
