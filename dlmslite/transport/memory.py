"""Two ends of one wire inside the process."""

from __future__ import annotations

import threading
import time

from attrs import field

from dlmslite.errors import ConnectionClosed, StateError, TransportError
from dlmslite.records import define


@define
class _Lane:
    """One direction of the wire.

    Attributes:
        octets: What was sent and not yet taken.
        is_closed: Whether the sender has closed its end.
    """

    octets: bytearray = field(factory=bytearray)
    is_closed: bool = False


class MemoryTransport:
    """One end of a wire; ``memory_pair`` makes both.

    Args:
        lock: What guards the wire, shared by both ends.
        inward: The direction towards this end.
        outward: The direction away from it.
    """

    def __init__(self, lock: threading.Condition, inward: _Lane, outward: _Lane) -> None:
        self._lock = lock
        self._inward, self._outward = inward, outward
        self._is_open = False
        self._is_interrupted = False

    def open(self) -> None:
        """Come up; what was on the wire towards this end is gone."""
        with self._lock:
            self._inward.octets.clear()
            self._outward.is_closed = False
            self._is_open = True
            self._is_interrupted = False

    def send(self, octets: bytes) -> None:
        """Put octets on the wire.

        Raises:
            ConnectionClosed: The other end was closed.
        """
        with self._lock:
            self._require_open()
            if self._inward.is_closed:
                raise ConnectionClosed("the other end of the wire is closed")
            self._outward.octets += octets
            self._lock.notify_all()

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Raises:
            ConnectionClosed: The other end was closed, and all that it sent has been taken.
            TransportError: Interrupted.
        """
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                self._require_open()
                if self._is_interrupted:
                    raise TransportError("interrupted")
                if self._inward.octets:
                    octets = bytes(self._inward.octets)
                    self._inward.octets.clear()
                    return octets
                if self._inward.is_closed:
                    raise ConnectionClosed("the other end of the wire is closed")
                left = deadline - time.monotonic()
                if left <= 0:
                    return b""
                self._lock.wait(left)

    def close(self) -> None:
        """Go down; the other end notices."""
        with self._lock:
            self._outward.is_closed = self._outward.is_closed or self._is_open
            self._is_open = False
            self._lock.notify_all()

    def interrupt(self) -> None:
        """Make whoever waits here fail at once; this end can then only be closed."""
        with self._lock:
            self._is_interrupted = True
            self._lock.notify_all()

    def _require_open(self) -> None:
        if not self._is_open:
            raise StateError("this end of the wire is not open")


def memory_pair() -> tuple[MemoryTransport, MemoryTransport]:
    """Both ends of a new wire; each must be opened before the other sends."""
    lock = threading.Condition()
    one, other = _Lane(), _Lane()
    return MemoryTransport(lock, one, other), MemoryTransport(lock, other, one)
