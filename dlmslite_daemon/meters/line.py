"""One wire with one talker at a time, however many meters share it.

A line is owned by one thread. A converter or an RS-485 bus carries one conversation, so before a
meter is spoken to, whoever holds the wire is asked to leave it politely.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import structlog

import dlmslite
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed

_log = structlog.get_logger()

PROBE_TIMEOUT = 5.0  # seconds for the TCP connect that sends nothing


class Talker(Protocol):
    """Whoever may hold a line."""

    def close(self) -> None:
        """Leave the line politely."""
        ...


class Lock(Protocol):
    """What keeps other processes of this machine off an endpoint.

    Attributes:
        endpoint: The endpoint, however its URL is written.
    """

    endpoint: str

    def acquire(self) -> object:
        """Take it, or say in a ``TransportError`` who has it."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


def endpoint_lock(url: str) -> Lock:
    """The advisory lock of an endpoint, in the daemon's name.

    Raises:
        ConfigurationError: The URL makes no sense.
    """
    name = dlmslite.Endpoint.parse(url).name
    return dlmslite.EndpointLock(name, f"dlmslite-bridge (process {os.getpid()})")


class Line:
    """One endpoint.

    Attributes:
        endpoint: Its name: ``host:port`` or the path of a serial device.
        left_at: When the last talker left it, s on the monotonic clock.

    Args:
        endpoint: Its name.
        clock: The daemon's clock.
        lock_of: The lock of a URL; None keeps nobody off.
    """

    def __init__(
        self, endpoint: str, clock: Clock, lock_of: Callable[[str], Lock] | None = None
    ) -> None:
        self.endpoint = endpoint
        self.left_at = float("-inf")
        self._clock = clock
        self._lock_of = lock_of
        self._locks: dict[str, Lock] = {}
        self._holder: Talker | None = None

    def claim(self, url: str) -> None:
        """Keep other processes off the line from now on, until ``unclaim``.

        Args:
            url: How the line is spoken to.

        Raises:
            MeterFailed: Another process has it (``E-LINE-IN-USE``).
            ConfigurationError: The URL makes no sense.
        """
        if self._lock_of is None or url in self._locks:
            return
        try:
            lock = self._lock_of(url)
            if not any(held.endpoint == lock.endpoint for held in self._locks.values()):
                lock.acquire()
        except dlmslite.TransportError as error:
            failure = Failure(FailureKind.IN_USE, "E-LINE-IN-USE", str(error.args[0]), error.hint)
            raise MeterFailed(failure) from error
        except OSError as error:
            # A lock is a courtesy to the shell; without it meters are read all the same.
            _log.warning("no lock", line=self.endpoint, reason=str(error))
            self._lock_of = None
            return
        self._locks[url] = lock

    def unclaim(self) -> None:
        """Let other processes have the line; harmless when it was not claimed."""
        for lock in self._locks.values():
            lock.release()
        self._locks.clear()

    def abandon(self) -> None:
        """Take the line from a thread that is stuck on it: whoever held it holds it no more."""
        self._holder = None
        self.unclaim()

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
        """Whether the endpoint accepts a TCP connection, or its device is there; says nothing."""
        if self.endpoint.startswith("/"):
            return Path(self.endpoint).exists()
        parts = urlsplit(f"//{self.endpoint}")
        try:
            wire = socket.create_connection((parts.hostname, parts.port), PROBE_TIMEOUT)
        except OSError:
            return False
        # Nothing was received, so this is a FIN and never a reset.
        wire.close()
        return True
