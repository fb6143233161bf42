"""Bytes over a TCP socket.

Sockets never block: one selector waits for the socket and for ``interrupt``. It is the platform's
best one, never ``select()``, which fails for descriptors above 1023. Before closing, our side of
the connection is closed alone and the peer gets a moment to do the same, so that our last octets
are not lost to a reset.
"""

from __future__ import annotations

import enum
import errno
import os
import selectors
import socket
import time
from typing import Self

from dlmslite.errors import ConnectionClosed, DeadlineExceeded, StateError, TransportError

CHUNK = 65536  # octets taken from the socket at once
BANNER_MAX = 256  # octets: a converter says in a line why it hangs up
LINGER = 0.2  # seconds for the peer to close its side

_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}  # s, s, probes
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class _Outcome(enum.Enum):
    """How waiting ended."""

    READY = enum.auto()
    LATE = enum.auto()
    INTERRUPTED = enum.auto()


class TcpTransport:
    """One TCP connection.

    Args:
        host: Name or address.
        port: Port number.
        timeout: Seconds for connecting, and for the peer to take what is sent.
    """

    def __init__(self, host: str, port: int, *, timeout: float = 10.0) -> None:
        self._host, self._port = host, port
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self._waker: socket.socket | None = None
        self._heard = bytearray()

    @classmethod
    def adopt(cls, connected: socket.socket, *, timeout: float = 10.0) -> Self:
        """Take over a connection that a listener accepted; it is open already."""
        host, port = connected.getpeername()[:2]
        transport = cls(host, port, timeout=timeout)
        transport._watch(connected, _READ)
        transport._tune(connected)
        return transport

    def open(self) -> None:
        """Connect to the first address of the host that answers.

        Raises:
            TransportError: Unknown host, refused, unreachable, interrupted.
            DeadlineExceeded: Nobody answered in time.
        """
        self.close()
        deadline = time.monotonic() + self._timeout
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            hint = "check the name or the address"
            raise TransportError(f"{self._host}: {error.strerror}", hint=hint) from error
        for index, (family, kind, protocol, _, address) in enumerate(found):
            try:
                self._connect(socket.socket(family, kind, protocol), address, deadline)
            except (TransportError, DeadlineExceeded):
                self.close()
                if index == len(found) - 1 or time.monotonic() >= deadline:
                    raise
            else:
                return

    def send(self, octets: bytes) -> None:
        """Write all of it.

        Raises:
            ConnectionClosed: The peer or the network closed it.
            DeadlineExceeded: The peer takes nothing.
            TransportError: Interrupted.
        """
        connection, selector = self._open_ones()
        rest = memoryview(octets)
        deadline = time.monotonic() + self._timeout
        while rest:
            try:
                rest = rest[connection.send(rest) :]
            except BlockingIOError:
                selector.modify(connection, _WRITE)
                outcome = self._wait(selector, deadline)
                selector.modify(connection, _READ)
                self._require_ready(outcome, "the peer takes nothing")
            except OSError as error:
                raise self._closed(error) from error

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Raises:
            ConnectionClosed: The peer or the network closed it.
        """
        connection, selector = self._open_ones()
        if self._wait(selector, time.monotonic() + timeout) is not _Outcome.READY:
            return b""
        try:
            octets = connection.recv(CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._closed(error) from error
        if not octets:
            raise self._closed(None)
        if len(self._heard) <= BANNER_MAX:
            self._heard += octets[: BANNER_MAX + 1]
        return octets

    def close(self) -> None:
        """Close our side, give the peer a moment, then close."""
        connection, self._socket = self._socket, None
        selector, self._selector = self._selector, None
        waker, self._waker = self._waker, None
        if connection is None or selector is None or waker is None:
            return
        wake = next(key.fileobj for key in selector.get_map().values() if key.data)
        selector.close()
        with connection, waker, wake:  # type: ignore[union-attr]  # it is a socket
            try:
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(LINGER)
                until = time.monotonic() + LINGER
                while time.monotonic() < until and connection.recv(CHUNK):
                    pass
            except OSError:
                # Whatever goes wrong here, the connection is over, which is all that is wanted.
                return

    def interrupt(self) -> None:
        """Wake a ``receive`` that waits, or the next one."""
        waker = self._waker
        if waker is None:
            return
        try:
            waker.send(b"\0")
        except OSError:
            return  # full: a wake-up is waiting already; closed: nobody waits any more

    def __str__(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    def _connect(self, candidate: socket.socket, address: tuple[object, ...], by: float) -> None:
        selector = self._watch(candidate, _WRITE)
        number = candidate.connect_ex(address)
        if number in {errno.EINPROGRESS, errno.EWOULDBLOCK}:
            self._require_ready(self._wait(selector, by), "nobody answered")
            number = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise TransportError(f"{self}: {os.strerror(number).lower()}")
        selector.modify(candidate, _READ)
        self._tune(candidate)

    def _watch(self, connection: socket.socket, event: int) -> selectors.BaseSelector:
        connection.setblocking(False)
        wake, self._waker = socket.socketpair()
        wake.setblocking(False)
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, event)
        self._selector.register(wake, _READ, data="wake")
        self._socket = connection
        return self._selector

    def _tune(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):  # not every platform lets it be set
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._heard.clear()

    def _open_ones(self) -> tuple[socket.socket, selectors.BaseSelector]:
        if self._socket is None or self._selector is None:
            raise StateError(f"{self} is not open")
        return self._socket, self._selector

    def _wait(self, selector: selectors.BaseSelector, deadline: float) -> _Outcome:
        ready = selector.select(max(deadline - time.monotonic(), 0))
        for key, _ in ready:
            if key.data:
                wake = key.fileobj
                wake.recv(CHUNK)  # type: ignore[union-attr]  # it is a socket
                return _Outcome.INTERRUPTED
        return _Outcome.READY if ready else _Outcome.LATE

    def _require_ready(self, outcome: _Outcome, what: str) -> None:
        if outcome is _Outcome.INTERRUPTED:
            raise TransportError(f"{self}: interrupted")
        if outcome is _Outcome.LATE:
            raise DeadlineExceeded(f"{self}: {what}", seconds=self._timeout)

    def _closed(self, error: OSError | None) -> ConnectionClosed:
        how = f"{self}: {error.strerror if error else 'closed by the peer'}"
        banner = bytes(self._heard)
        if len(banner) > BANNER_MAX or not banner.strip().isascii() or 0x7E in banner:
            banner = b""
        if banner:
            how += f" after it said {banner.decode('ascii').strip()!r}"
        return ConnectionClosed(how, banner=banner)
