"""One wire with one talker at a time, however many meters share it.

A line is owned by one thread. A converter or an RS-485 bus carries one conversation, so before a
meter is spoken to, whoever holds the wire is asked to leave it politely.
"""

from __future__ import annotations

import socket
from typing import Protocol
from urllib.parse import urlsplit

PROBE_TIMEOUT = 5.0  # seconds for the TCP connect that sends nothing


class Talker(Protocol):
    """Whoever may hold a line."""

    def close(self) -> None:
        """Leave the line politely."""
        ...


class Line:
    """One endpoint.

    Args:
        endpoint: Its name: ``host:port`` or the path of a serial device.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._holder: Talker | None = None

    def take(self, talker: Talker) -> bool:
        """Give the line to a talker; another one that holds it leaves first.

        Returns:
            Whether another one had to leave, so that the endpoint needs its rest.
        """
        holder = self._holder
        self._holder = talker
        if holder is None or holder is talker:
            return False
        holder.close()
        return True

    def leave(self, talker: Talker) -> None:
        """The talker is off the line; nothing happens if it was not on it."""
        if self._holder is talker:
            self._holder = None

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
