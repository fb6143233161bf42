"""Waits for one descriptor, and is woken from any thread.

By the best that the system has, which is never ``select`` where there is anything else: that fails
for descriptors above 1023.
"""

from __future__ import annotations

import contextlib
import selectors
import socket

from dlmslite.errors import TransportError

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Waiting:
    """A wait that can be ended for good.

    Args:
        name: What is waited for, for errors.
        number: Its descriptor.
    """

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self._number = number
        self._woken = False
        self._ear, self._mouth = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._ear, READ)
        self._selector.register(number, READ)
        self._event = READ

    def wait(self, event: int, seconds: float) -> bool:
        """Whether the descriptor became ready in time.

        Raises:
            TransportError: Woken, now or before.
        """
        if event != self._event:
            self._selector.modify(self._number, event)
            self._event = event
        ready = [] if self._woken else self._selector.select(max(seconds, 0.0))
        if self._woken:
            raise TransportError(f"{self._name}: interrupted")
        return bool(ready)

    def wake(self) -> None:
        """Make whoever waits, and whoever wants to, fail."""
        self._woken = True
        with contextlib.suppress(OSError):  # closed in this moment
            self._mouth.send(b"\0")

    def close(self) -> None:
        """Give back what it holds; the descriptor itself is its owner's."""
        self._selector.close()
        self._ear.close()
        self._mouth.close()
