"""The verdict on all meters, sinks and threads, with its reasons."""

from __future__ import annotations

from dlmslite_daemon.engine.health import MeterHealth, Observed, Overall, SinkHealth, ThreadHealth
from dlmslite_daemon.store.records import Desired


def judge(
    meters: tuple[MeterHealth, ...],
    sinks: tuple[SinkHealth, ...],
    threads: tuple[ThreadHealth, ...],
    alarms: int,
) -> tuple[Overall, tuple[str, ...]]:
    """The verdict and its reasons.

    Failed: no running meter can be read, or a thread is gone. Degraded: anything else that an
    operator should look at. Paused meters and disabled sinks are as they should be.
    """
    running = [meter for meter in meters if meter.desired is Desired.RUNNING]
    bad = [meter for meter in running if meter.observed is not Observed.ONLINE]
    reasons = [f"meter {meter.name} ({meter.observed}): {meter.reason}" for meter in bad]
    down = [sink for sink in sinks if sink.enabled and not sink.connected]
    reasons += [f"sink {sink.name} is not connected" for sink in down]
    dead = [thread for thread in threads if not thread.alive]
    reasons += [f"thread {thread.name} is not alive" for thread in dead]
    if alarms:
        reasons.append(f"{alarms} active alarm{'s' if alarms > 1 else ''}")
    if dead or (running and len(bad) == len(running)):
        return Overall.FAILED, tuple(reasons)
    return (Overall.DEGRADED if reasons else Overall.OK), tuple(reasons)
