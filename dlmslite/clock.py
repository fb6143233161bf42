"""The clock that a client lives by; tests bring their own."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The time that a client lives by."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""


class SystemClock:
    """The clock of this machine."""

    monotonic = staticmethod(time.monotonic)

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        threading.Event().wait(seconds)
