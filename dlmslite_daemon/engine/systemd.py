"""Tells systemd that the daemon is ready, alive, reloading or stopping (sd_notify(3)).

The protocol is a datagram of ``NAME=value`` lines to the socket that ``$NOTIFY_SOCKET`` names. The
watchdog is fed only while every thread is alive, so that systemd restarts a daemon whose threads
hang, and not only one that is gone. Without that variable nothing is said to anybody.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence

import structlog

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.base import Clerk
from dlmslite_daemon.engine.health import ThreadHealth

LOOK_EVERY = 10.0  # seconds between two looks where systemd feeds no watchdog
_PORTION = 3  # times within systemd's limit: one lost datagram restarts nobody

_log = structlog.get_logger()


class Systemd(Clerk):
    """A worker that speaks with systemd, and the service that says when all is ready.

    Args:
        environ: Where ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC`` stand.
        clock: The daemon's clock.
        threads: How every thread is.
    """

    name = "systemd"
    patience = 10.0

    def __init__(
        self,
        environ: Mapping[str, str],
        clock: Clock,
        threads: Callable[[], Sequence[ThreadHealth]],
    ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        limit = environ.get("WATCHDOG_USEC", "")
        self._limit = int(limit) / 1e6 if limit.isdecimal() else 0.0
        self._clock = clock
        self._threads = threads
        super().__init__(clock)
        self._complained: tuple[str, ...] = ()

    @property
    def is_asked(self) -> bool:
        """Whether systemd wants to hear anything."""
        return bool(self._address)

    # ------------------------------------------------------------------ what is said

    def start(self) -> None:
        """Everything runs."""
        self.say("READY=1", "STATUS=polling")

    def stop(self) -> None:
        """The end has begun."""
        self.say("STOPPING=1")

    def reloading(self) -> None:
        """The configuration is being read; ``start`` tells when that is over."""
        micros = round(self._clock.monotonic() * 1e6)
        self.say("RELOADING=1", f"MONOTONIC_USEC={micros}")

    def say(self, *lines: str) -> None:
        """Send one datagram; a systemd that does not listen is no reason to stop."""
        if not self._address:
            return
        # An abstract address is written with @ and has a zero octet there.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
                wire.connect(address)
                wire.sendall("\n".join(lines).encode())
        except OSError as error:
            _log.warning("systemd does not listen", reason=str(error))

    # ------------------------------------------------------------------ the worker

    def turn(self, now: float) -> float:  # noqa: ARG002 - all workers' signature
        """Feed the watchdog, or say whose thread does not live."""
        # Threads that failed and are made anew are dead for a moment; one that hangs stays so.
        dead = tuple(thread.name for thread in self._threads() if not thread.alive)
        if dead and dead != self._complained:
            _log.error("the watchdog is not fed", threads=", ".join(dead))
        self._complained = dead
        if not dead and self._limit:
            self.say("WATCHDOG=1")
        return self._limit / _PORTION if self._limit else LOOK_EVERY
