"""Counted facts for tests of reports: one meter, one sink, one window of an hour."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from dlmslite_daemon.reports.base import Window
from dlmslite_daemon.reports.facts import Facts, MeterFacts, SinkFacts
from dlmslite_daemon.reports.histogram import Histogram

T1 = 1_700_000_000_000
HOUR = Window(T1 - 3_600_000, T1)
BOUNDS = (0.1, 0.5, 1.0, 2.0, 5.0)


def spans(*counts: int) -> Histogram:
    """Polls by duration: at most 0.1, 0.5, 1, 2, 5 s, above."""
    return Histogram(BOUNDS, (*counts, *[0] * (len(BOUNDS) + 1 - len(counts))))


def a_meter(name: str = "kitchen", number: int = 1, **fields: Any) -> MeterFacts:
    """A meter that did all it should for an hour: 360 polls of 5 series."""
    good = MeterFacts(
        number,
        name,
        line=f"192.0.2.{number}:3333",
        url=f"tcp://192.0.2.{number}:3333",
        every=10.0,
        running_seconds=3600.0,
        due=360,
        complete=360,
        produced=1800,
        connects=1,
        latency=spans(0, 360),
        latency_max=0.4,
        end_to_end=spans(0, 1800),
        frames_sent=1800,
        frames_received=1800,
        octets_sent=50_000,
        octets_received=60_000,
        round_trips=1800,
        round_trip_seconds=180.0,
    )
    return evolve(good, **fields)


def a_sink(name: str = "tb", **fields: Any) -> SinkFacts:
    """A sink that took everything."""
    good = SinkFacts(
        name,
        "thingsboard",
        connected_seconds=3600.0,
        sent=360,
        acknowledged=360,
        readings=1800,
        pending={"live": 0, "history": 0},
    )
    return evolve(good, **fields)


def facts(*meters: MeterFacts, **fields: Any) -> Facts:
    """A window in which the bridge was ready all the time."""
    good = Facts(
        HOUR,
        born_ms=T1 - 10 * 3_600_000,
        ready_seconds=3600.0,
        meters=meters or (a_meter(),),
        sinks=(a_sink(),),
    )
    return evolve(good, **fields)
