"""One wire with one talker at a time, however many meters share it.

A line is owned by one thread. A converter or an RS-485 bus carries one conversation, so before a
meter is spoken to, whoever holds the wire is asked to leave it politely.
"""

from __future__ import annotations

import socket
from typing import Protocol
from urllib.parse import urlsplit

from dlmslite_daemon.clock import Clock

PROBE_TIMEOUT = 5.0  # seconds for the TCP connect that sends nothing


class Talker(Protocol):
    """Whoever may hold a line."""

    def close(self) -> None:
        """Leave the line politely."""
        ...


class Line:
    """One endpoint.

    Attributes:
        endpoint: Its name: ``host:port`` or the path of a serial device.
        left_at: When the last talker left it, s on the monotonic clock.

    Args:
        endpoint: Its name.
        clock: The daemon's clock.
    """

    def __init__(self, endpoint: str, clock: Clock) -> None:
        self.endpoint = endpoint
        self.left_at = float("-inf")
        self._clock = clock
        self._holder: Talker | None = None

    def take(self, talker: Talker) -> None:
        """Give the line to a talker; another one that holds it leaves first."""
        holder = self._holder
        self._holder = talker
        if holder is not None and holder is not talker:
            holder.close()
            self._holder = talker

    def leave(self, talker: Talker) -> None:
        """The talker is off the line; nothing happens if it was not on it."""
        if self._holder is talker:
            self._holder = None
            self.left_at = self._clock.monotonic()

    def reachable(self) -> bool:
        """Whether the endpoint accepts a TCP connection; nothing is sent on it."""
        parts = urlsplit(f"//{self.endpoint}")
        try:
            wire = socket.create_connection((parts.hostname, parts.port), PROBE_TIMEOUT)
        except OSError:
            return False
        # Nothing was received, so this is a FIN and never a reset.
        wire.close()
        return True
