"""The status report: once a minute, every meter in one line, in the words of the old bridge.

Tools that read the journal know these lines: a heading ``SYSTEM STATUS REPORT``, then for each
meter ``Meter <id> (<name>): Cycles=…, Success=…%, MQTT=…, Runtime=…s``, then the network. What is
counted is true here: a cycle is a poll that was due, success is complete polls of those, MQTT is
the readings that every broker together has acknowledged.
"""

from __future__ import annotations

from collections import Counter

import structlog

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.health import MeterHealth

EVERY = 60.0  # seconds
HEADING = "SYSTEM STATUS REPORT"

_log = structlog.get_logger()


def line(meter: MeterHealth, acknowledged: int) -> str:
    """One meter's line."""
    percent = 100.0 * meter.polls_complete / meter.polls_due if meter.polls_due else 0.0
    return (
        f"Meter {meter.id} ({meter.name}): Cycles={meter.polls_due}, Success={percent:.1f}%, "
        f"MQTT={acknowledged}, Runtime={meter.runtime_seconds:.0f}s"
    )


class StatusReport(Clerk):
    """A worker that writes the report.

    Args:
        board: Where the meters are seen.
        clock: The daemon's clock.
    """

    name = "status-report"

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        super().__init__(clock)
        self._due = clock.monotonic() + EVERY

    def turn(self, now: float) -> float:
        """Write the report when a minute is over."""
        if now < self._due:
            return self._due - now
        self._due += EVERY
        if self._due <= now:
            self._due = now + EVERY  # what was slept through is not made up for
        meters, sinks = self._board.meters(), self._board.sinks()
        acknowledged: Counter[str] = Counter()
        for sink in sinks:
            acknowledged.update(sink.readings_acknowledged)
        _log.info(HEADING)
        for meter in meters:
            _log.info(line(meter, acknowledged[meter.name]), meter=meter.name)
        requests = sum(series.asked for meter in meters for series in meter.series)
        messages = sum(sink.acknowledged for sink in sinks)
        _log.info(f"Network: DLMS {requests} req, MQTT {messages} msg")
        return self._due - now
