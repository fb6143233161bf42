"""Keeps an idle connection from being closed: a cheap read before the converter's limit.

What is decided is in ``turn``, which takes no time of its own; the thread around it only waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dlmslite.errors import DlmsError, ServiceError


class KeepAlive:
    """Touches a connection that nothing was heard on for a while.

    Args:
        interval: Seconds of silence after which it is touched; below the converter's limit.
        idle: Seconds since anything was heard.
        touch: Asks for something cheap; any answer of the meter will do.

    Attributes:
        touches: How often it was touched.
    """

    def __init__(
        self, interval: float, idle: Callable[[], float], touch: Callable[[], object]
    ) -> None:
        self.touches = 0
        self._interval = interval
        self._idle, self._touch = idle, touch
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dlmslite keep-alive", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; an exchange that is under way is not waited for."""
        self._ending.set()

    def turn(self) -> float | None:
        """Touch the connection if it is time; seconds until the next turn, None for never."""
        left = self._interval - self._idle()
        if left > 0:
            return left
        try:
            self._touch()
        except ServiceError:
            pass  # the meter lives, and says no
        except DlmsError:
            return None  # the next call of the owner is told the same, by the connection itself
        self.touches += 1
        return self._interval

    def _run(self) -> None:
        wait: float | None = self._interval
        while wait is not None and not self._ending.wait(wait):
            wait = self.turn()
