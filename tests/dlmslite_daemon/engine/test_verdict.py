"""What is not well is named, and what is as it should be is not."""

from __future__ import annotations

import pytest
from attrs import evolve

from dlmslite_daemon.engine.health import MeterHealth, Observed, Overall, SinkHealth, ThreadHealth
from dlmslite_daemon.engine.verdict import judge
from dlmslite_daemon.store.records import Desired

GOOD = MeterHealth(1, "kitchen", "10.0.0.5:3333", Desired.RUNNING, Observed.ONLINE)
BAD = MeterHealth(2, "cellar", "10.0.0.6:3333", Desired.RUNNING, Observed.BACKOFF, "refused")
PAUSED = MeterHealth(3, "attic", "10.0.0.7:3333", Desired.PAUSED, Observed.PAUSED)
SINK = SinkHealth("tb", "thingsboard", connected=True)
THREAD = ThreadHealth("line 10.0.0.5:3333")


def test_all_is_well_when_every_running_meter_and_enabled_sink_is() -> None:
    off = SinkHealth("old", "mqtt", enabled=False)
    assert judge((GOOD, PAUSED), (SINK, off), (THREAD,), 0) == (Overall.OK, ())


@pytest.mark.parametrize(
    ("meters", "sinks", "threads", "alarms", "overall", "word"),
    [
        ((GOOD, BAD), (SINK,), (THREAD,), 0, Overall.DEGRADED, "cellar"),
        ((BAD, PAUSED), (SINK,), (THREAD,), 0, Overall.FAILED, "refused"),
        ((GOOD,), (evolve(SINK, connected=False),), (THREAD,), 0, Overall.DEGRADED, "tb"),
        ((GOOD,), (SINK,), (evolve(THREAD, alive=False),), 0, Overall.FAILED, "10.0.0.5"),
        ((GOOD,), (SINK,), (THREAD,), 2, Overall.DEGRADED, "2 active alarms"),
    ],
)
def test_whatever_is_not_well_is_named(
    meters: tuple[MeterHealth, ...],
    sinks: tuple[SinkHealth, ...],
    threads: tuple[ThreadHealth, ...],
    alarms: int,
    overall: Overall,
    word: str,
) -> None:
    verdict, reasons = judge(meters, sinks, threads, alarms)
    assert verdict is overall
    assert len(reasons) == 1
    assert word in reasons[0]
