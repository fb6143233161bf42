"""The alarm desk: what holds now, compared with what was said before, written to the store.

Whoever watches something reports all that holds of it, as often as it likes. The desk's own thread
finds what is new, repeated or over, so that no poller ever waits for an alarm to be on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from dlmslite_daemon.alarm import AlarmBook, Condition
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.base import Bell
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store

REPEAT_EVERY = 60.0  # seconds; a condition that still holds is counted so often

_log = structlog.get_logger()


class AlarmDesk:
    """A worker that turns conditions into alarms.

    Args:
        store: Where alarms are kept.
        clock: The daemon's clock.
        metrics: Where open alarms are counted.
    """

    name = "alarms"
    patience = 30.0  # seconds; a store may be slow, never that slow

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._bell = Bell(clock)
        self._lock = threading.Lock()
        self._reported: dict[str, tuple[Condition, ...]] = {}
        self._changed: set[str] = set()
        self._told: dict[str, float] = {}
        self._book = AlarmBook.of(store.alarms())

    def report(self, subject: str, conditions: Sequence[Condition]) -> None:
        """All that holds of one subject now; an empty sequence clears. From any thread.

        Args:
            subject: A meter's name, ``sink:<name>``, or ``bridge``.
            conditions: What holds.
        """
        with self._lock:
            before = self._reported.get(subject)
            codes = [condition.code for condition in conditions]
            self._reported[subject] = tuple(conditions)
            if before is not None and [condition.code for condition in before] == codes:
                return
            self._changed.add(subject)
        self._bell.ring()

    @property
    def active(self) -> int:
        """How many alarms are open."""
        return len(self._book.open)

    def active_of(self, subject: str) -> int:
        """How many alarms of one subject are open."""
        return sum(whom == subject for whom, _ in self._book.open)

    def turn(self, now: float) -> float:
        """Write down what changed, and now and then what still holds."""
        with self._lock:
            due = {s for s, told in self._told.items() if now - told >= REPEAT_EVERY}
            subjects = self._changed | {subject for subject in due if self._reported.get(subject)}
            self._changed = set()
            reports = {subject: self._reported.get(subject, ()) for subject in subjects}
        for subject, conditions in reports.items():
            self._told[subject] = now
            self._update(subject, conditions)
        return REPEAT_EVERY

    def wait(self, seconds: float) -> None:
        """Wait that long, or until something was reported."""
        self._bell.wait(seconds)

    def wake(self) -> None:
        """End the wait."""
        self._bell.ring()

    def abort(self) -> None:
        """End the wait; there is no I/O but the store's."""
        self._bell.ring()

    def watch(self, now: float) -> None:
        """Nothing is watched here."""

    def close(self) -> None:
        """Write down what was reported last."""
        self.turn(self._clock.monotonic())

    def _update(self, subject: str, conditions: Sequence[Condition]) -> None:
        book, changes = self._book.update(subject, conditions, self._clock.utc_ms())
        for alarm in changes.raised:
            kept = self._store.save_alarm(alarm)
            book = book.replaced(kept)
            code = alarm.condition.code
            self._metrics.alarms_active.labels(code).inc()
            _log.warning("alarm raised", meter=subject, code=code, text=alarm.condition.message)
        for alarm in changes.repeated:
            self._store.save_alarm(alarm)
        for alarm in changes.cleared:
            self._store.save_alarm(alarm)
            self._metrics.alarms_active.labels(alarm.condition.code).dec()
            _log.info("alarm cleared", meter=subject, code=alarm.condition.code)
        self._book = book
