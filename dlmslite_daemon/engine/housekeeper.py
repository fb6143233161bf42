"""Rolls readings up, lets go of what is old, and backs the store up, each in its time.

Readings are rolled up before they may go, and none goes that a sink has yet to acknowledge. All of
it is done in bites, so that readings are committed in between.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import structlog

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.config.retention import RetentionSettings
from dlmslite_daemon.engine.backlog import own_meters
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.sink_change import settle_alarms
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.store.records import Ages
from dlmslite_daemon.store.sqlite.care import Backup
from dlmslite_daemon.store.sqlite.rescue import Rescue

ROLL_UP_EVERY = 300.0  # seconds
PRUNE_EVERY = 3600.0  # seconds
BACK_UP_LOOK = 600.0  # seconds between two looks whether a backup is due
BITE = 5_000  # readings that are looked at in one commit
READINGS = 100_000  # readings that are rolled up in one commit
DAY_MS = 86_400_000

_log = structlog.get_logger()


class Keeper(Protocol):
    """Who makes backups."""

    def due(self) -> bool:
        """Whether it is time for one."""
        ...

    def back_up(self) -> Backup:
        """Make one; raises ``BridgeError``."""
        ...


class Housekeeper(Clerk):
    """A worker that keeps the store in order.

    Args:
        shared: What all workers share.
        retention: How long what is kept.
        care: Makes the backup of the day.
        rescued: What became of the store if it was corrupt at the start.
    """

    name = "housekeeper"
    patience = 600.0  # seconds; a backup of a large store takes its time

    def __init__(
        self,
        shared: Shared,
        retention: RetentionSettings,
        care: Keeper,
        rescued: Rescue | None = None,
    ) -> None:
        self._shared = shared
        self._retention = retention
        self._care = care
        self._standing = () if rescued is None else rescued.conditions
        self._failed: tuple[Condition, ...] = ()
        super().__init__(shared.clock)
        now = shared.clock.monotonic()
        self._roll_up_at = now
        self._prune_at = now
        self._back_up_at = now + BACK_UP_LOOK
        self._pruned_to = 0
        self._gone: Counter[str] = Counter()

    def turn(self, now: float) -> float:
        """One bite of what is due."""
        if now >= self._roll_up_at:
            if self._shared.store.roll_up(READINGS) < READINGS:
                self._roll_up_at = now + ROLL_UP_EVERY
        elif now >= self._prune_at:
            if self._prune():
                self._prune_at = now + PRUNE_EVERY
        elif now >= self._back_up_at:
            self._back_up_at = now + BACK_UP_LOOK
            self._try_backup()
        return max(0.0, min(self._roll_up_at, self._prune_at, self._back_up_at) - now)

    def watch(self, now: float) -> None:
        """Report what deserves an alarm. On the supervisor's thread."""
        del now
        self._shared.alarms.report("bridge:store", (*self._standing, *self._failed))

    def _try_backup(self) -> None:
        try:
            if self._care.due():
                made = self._care.back_up()
                _log.info("backed up", path=str(made.path), octets=made.octets)
        except BridgeError as error:
            message = f"the backup of the day failed: {error.message}"
            self._failed = (
                Condition("backup_failed", message, Severity.ERROR, "store", error.code),
            )
            _log.error("backup failed", code=error.code, reason=error.message)
        else:
            self._failed = ()

    def _prune(self) -> bool:
        """Remove a bite of what is too old; whether nothing is left to remove."""
        store, keep = self._shared.store, self._retention
        now_ms = self._shared.clock.utc_ms()
        before_ms = now_ms - round(max(keep.raw, keep.replay) * DAY_MS)
        removed, self._pruned_to = store.prune_readings(
            before_ms, self._pruned_to, BITE, self._excused()
        )
        self._gone["readings"] += removed
        if self._pruned_to:
            return False
        for record in store.sinks():
            settle_alarms(store, record)  # else what all were told would be kept for ever
        gone = store.prune(self._ages(now_ms))
        self._gone.update(gone)
        if gone:
            return False
        if any(self._gone.values()):
            _log.info("old rows removed", **{table: n for table, n in self._gone.items() if n})
        self._gone.clear()
        return True

    def _excused(self) -> set[tuple[str, str]]:
        """Which sinks are not to have which meters' readings, though they are enabled."""
        store, excused = self._shared.store, set()
        for record in store.sinks():
            own = own_meters(store, record)
            if own is not None:
                names = {meter.name for meter in store.meters()}
                excused |= {(record.name, name) for name in names.difference(own)}
        return excused

    def _ages(self, now_ms: int) -> Ages:
        keep = self._retention

        def before(days: float) -> int:
            return now_ms - round(days * DAY_MS)

        return Ages(
            quarters=before(keep.quarters),
            days=before(keep.daily),
            metrics=before(keep.metrics),
            diagnostics=before(keep.diagnostics),
            alarms=before(keep.alarms),
            audit=before(keep.audit),
            dead_letters=before(keep.dead_letters),
            diagnostics_kept=keep.diagnostics_rows,
        )
