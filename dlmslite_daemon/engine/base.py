"""What every thread of the daemon has in common: work in turns, woken from outside.

A worker holds no ``while``: the supervisor owns the loop, calls ``turn``, waits as long as it was
told, and starts a new worker when one failed.
"""

from __future__ import annotations

import threading
from typing import ClassVar, Protocol

from dlmslite_daemon.clock import Clock


class Worker(Protocol):
    """One thread's work. All methods but ``wake``, ``abort`` and ``watch`` run on that thread."""

    @property
    def name(self) -> str:
        """Unique; in logs, health and the thread's own name."""
        ...

    @property
    def patience(self) -> float:
        """Seconds that one turn may last before the supervisor calls it stuck."""
        ...

    def turn(self, now: float) -> float:
        """Do what is due and return the seconds until there may be more."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait that long, or until woken."""
        ...

    def wake(self) -> None:
        """End a wait; from any thread."""
        ...

    def abort(self) -> None:
        """Break off whatever I/O the turn is blocked in; from any thread."""
        ...

    def watch(self, now: float) -> None:
        """Look after what a stuck turn cannot; each second, on the supervisor's thread, quickly."""
        ...

    def close(self) -> None:
        """Let go of everything politely; the last call."""
        ...


class Clerk:
    """A worker without I/O of its own: it waits for a bell, and there is nothing to break off.

    Who derives from it says its name and what a turn does.

    Args:
        clock: The daemon's clock.
    """

    name: ClassVar[str]
    patience: ClassVar[float] = 30.0  # seconds; a turn reads or writes the store at most

    def __init__(self, clock: Clock) -> None:
        self._bell = Bell(clock)

    def wait(self, seconds: float) -> None:
        """Wait that long, or until woken."""
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
        """Nothing is held."""


class Bell:
    """A wait that can be ended, on the daemon's clock; most workers have one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._event = threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until rung; a ring before the wait counts."""
        self._clock.wait(self._event, seconds)
        self._event.clear()

    def ring(self) -> None:
        """End the present or the next wait."""
        self._event.set()
