"""A meter's pause, and the moment at which it ends by itself. The meter's notebook keeps it."""

from __future__ import annotations

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import Desired, MeterRecord

NEVER = float("inf")
PAUSED_UNTIL = "paused-until"  # in the meter's notebook: ms UTC at which a pause ends by itself


class Pause:
    """When one meter's pause is over.

    Args:
        meter: The meter's name.
        store: Where its notebook is.
        clock: The daemon's clock; a pause ends by the time of day, as an operator said it.
    """

    def __init__(self, meter: str, store: Store, clock: Clock) -> None:
        self._meter = meter
        self._store = store
        self._clock = clock
        self._until_ms = 0
        self.look()

    def look(self) -> None:
        """Read the notebook again: an operator may have said another time."""
        self._until_ms = int(self._store.notebook(self._meter).get(PAUSED_UNTIL, "0"))

    @property
    def over(self) -> bool:
        """Whether it has an end and that is reached."""
        return bool(self._until_ms) and self._clock.utc_ms() >= self._until_ms

    def next_time(self, now: float) -> float:
        """When it ends, s on the monotonic clock; ``NEVER`` when only an operator ends it."""
        if not self._until_ms:
            return NEVER
        return now + max(0.0, (self._until_ms - self._clock.utc_ms()) / 1000)

    def end(self) -> MeterRecord:
        """It is over: the meter as it is to be read again."""
        self._store.note(self._meter, {PAUSED_UNTIL: None})
        return self._store.set_desired(self._meter, Desired.RUNNING)
