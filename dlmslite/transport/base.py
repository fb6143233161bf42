"""The four verbs of a wire: open, send, receive, close; and one to wake whoever waits.

A transport moves octets and knows no frame. One thread uses it at a time; only ``interrupt`` may be
called from any other.
"""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from dlmslite.errors import ConfigurationError
from dlmslite.records import frozen

_FORMAT = re.compile(r"[78][NEO][12]")


@frozen
class LineSettings:
    """How octets are put on the line.

    Attributes:
        baud: The speed.
        format: Data bits, parity and stop bits, such as ``8N1`` or ``7E1``.
    """

    baud: int = 9600
    format: str = "8N1"

    def __attrs_post_init__(self) -> None:
        if self.baud <= 0:
            raise ConfigurationError(f"{self.baud} is no speed")
        if not _FORMAT.fullmatch(self.format):
            raise ConfigurationError(
                f"{self.format!r} is no format", hint="7 or 8, N, E or O, 1 or 2: 8N1, 7E1"
            )


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


@runtime_checkable
class AdjustableTransport(Transport, Protocol):
    """A wire whose speed can be changed while it is open: a serial port."""

    def set_line(self, baud: int, form: str) -> None:
        """Change speed and format, when all that was sent has left at the old ones.

        Args:
            baud: The speed.
            form: Data bits, parity and stop bits, such as ``8N1``.

        Raises:
            ConnectionClosed: The port is gone.
            TransportError: It has no such speed.
        """
