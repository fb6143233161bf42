"""Looks after the store's writer: if its thread dies, another one is started and an alarm says so.

The writer belongs to the store and not to the supervisor, since a store is written without a daemon
too. Whoever waits for it is told at once when it dies; this makes it come back.
"""

from __future__ import annotations

import structlog

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store

SUBJECT = "bridge:store-writer"
IDLE = 60.0  # seconds between turns; the work is done in ``watch``
SHOWN = 600.0  # seconds that the alarm stays after the last death

_log = structlog.get_logger()


class StoreWatch(Clerk):
    """A worker that only watches.

    Args:
        store: Whose writer it looks after.
        clock: The daemon's clock.
        alarms: Where a death is reported.
        metrics: Where it is counted.
    """

    name = "store watch"
    patience = 30.0  # seconds; a turn does nothing

    def __init__(self, store: Store, clock: Clock, alarms: AlarmDesk, metrics: Metrics) -> None:
        self._store = store
        self._alarms = alarms
        self._metrics = metrics
        super().__init__(clock)
        self._died_at = float("-inf")
        self._deaths = 0

    def turn(self, now: float) -> float:  # noqa: ARG002  the shape of a worker
        """Nothing."""
        return IDLE

    def watch(self, now: float) -> None:
        """Revive a writer that died."""
        if self._store.revive():
            self._deaths += 1
            self._died_at = now
            self._metrics.thread_restarts.labels("store writer").inc()
            _log.error("the store's writer died and was started again", deaths=self._deaths)
        held = []
        if now - self._died_at < SHOWN:
            message = f"the store's writer died {self._deaths} times; the log has the reason"
            held = [Condition("store_writer_died", message, Severity.CRITICAL, "store")]
        self._alarms.report(SUBJECT, held)
