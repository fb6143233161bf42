"""The four verbs of a wire: open, send, receive, close; and one to wake whoever waits.

A transport moves octets and knows no frame. One thread uses it at a time; only ``interrupt`` may be
called from any other.
"""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """What every wire can do."""

    def open(self) -> None:
        """Connect.

        Raises:
            TransportError: The wire cannot be opened.
            DeadlineExceeded: It did not open in time.
        """

    def send(self, octets: bytes) -> None:
        """Write all of it.

        Raises:
            ConnectionClosed: The peer or the network closed it.
            TransportError: It failed otherwise.
            DeadlineExceeded: The peer takes nothing.
        """

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Args:
            timeout: Seconds; zero or less only looks.

        Raises:
            ConnectionClosed: The peer or the network closed it, at once and not as emptiness.
            TransportError: It failed otherwise, or was interrupted.
        """

    def close(self) -> None:
        """Close; twice is no error."""

    def interrupt(self) -> None:
        """Make whoever waits here fail at once, from any thread; only ``close`` may follow."""
