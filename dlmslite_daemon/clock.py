"""The only clock and the only wait of the daemon; a fake one for tests.

All timers run on the monotonic side, so a jump of the wall clock or daylight saving moves none of
them. The wall clock is asked only for what is written down: the time of a reading, of an alarm, of
an audit line.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the daemon, and the library's client inside it, may ask of time."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        ...

    def utc_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00Z as the host believes; may jump."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set or the seconds are over; tells whether it is set."""
        ...


class SystemClock:
    """The host's clocks.

    ``Event.wait`` and not ``time.sleep``: it ends at once when the daemon is told to stop, and it
    was seen to keep its length when the wall clock jumped (faults.md T6).
    """

    def monotonic(self) -> float:
        """Seconds of the host's monotonic clock."""
        return time.monotonic()

    def utc_ms(self) -> int:
        """Milliseconds of the host's wall clock."""
        return time.time_ns() // 1_000_000

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event, at most so many seconds."""
        return event.wait(max(0.0, seconds))


class FakeClock:
    """A clock that moves only when told to; waiters wake when their time has come.

    Args:
        start: Where the monotonic side begins, in seconds.
        utc_ms: Where the wall clock begins, in milliseconds since 1970.
    """

    # How often a waiter looks at its event, which somebody may set without moving the clock.
    # Real seconds.
    _GLANCE = 0.005

    def __init__(self, start: float = 1000.0, utc_ms: int = 1_700_000_000_000) -> None:
        self._now = start
        self._utc_ms = float(utc_ms)
        self._moved = threading.Condition()

    def monotonic(self) -> float:
        """The monotonic side, in seconds."""
        with self._moved:
            return self._now

    def utc_ms(self) -> int:
        """The wall clock, in milliseconds."""
        with self._moved:
            return int(self._utc_ms)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until the event is set or the clock was advanced past the seconds."""
        with self._moved:
            until = self._now + seconds
            while not event.is_set() and self._now < until:
                self._moved.wait(self._GLANCE)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let time pass on both sides.

        Raises:
            ValueError: Time does not go back; ``jump_wall`` moves the wall clock either way.
        """
        if seconds < 0:
            raise ValueError(f"a monotonic clock cannot go back {-seconds} s")
        with self._moved:
            self._now += seconds
            self._utc_ms += seconds * 1000.0
            self._moved.notify_all()

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock forwards or back; no timer moves."""
        with self._moved:
            self._utc_ms += seconds * 1000.0
