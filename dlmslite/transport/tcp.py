"""Bytes over a TCP socket.

The socket waits by its own timeout, which is ``poll`` underneath and never ``select``, which fails
for descriptors above 1023. Before closing, our side of the connection is closed alone and the peer
gets a moment to do the same, so that our last octets are not lost to a reset.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Self

from dlmslite.errors import DeadlineExceeded, StateError, TransportError
from dlmslite.transport.banner import BANNER_MAX, closed

CHUNK = 65536  # octets taken from the socket at once
LINGER = 0.2  # seconds for the peer to close its side

_KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}  # s, s, probes


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
        self._is_interrupted = False
        self._heard = bytearray()

    @classmethod
    def adopt(cls, connected: socket.socket, *, timeout: float = 10.0) -> Self:
        """Take over a connection that a listener accepted; it is open already."""
        host, port = connected.getpeername()[:2]
        transport = cls(host, port, timeout=timeout)
        transport._socket = connected
        transport._tune(connected)
        return transport

    def open(self) -> None:
        """Connect to the first address of the host that answers.

        Raises:
            TransportError: Unknown host, refused, unreachable, interrupted.
            DeadlineExceeded: Nobody answered in time.
        """
        self.close()
        self._is_interrupted = False
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
                is_last = index == len(found) - 1 or time.monotonic() >= deadline
                if is_last or self._is_interrupted:
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
        connection = self._socket or self._open_one()
        try:
            connection.settimeout(self._timeout)
            connection.sendall(octets)
        except OSError as error:
            raise self._failed(error, "the peer takes nothing") from error

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Raises:
            ConnectionClosed: The peer or the network closed it.
            TransportError: Interrupted.
        """
        connection = self._socket or self._open_one()
        try:
            connection.settimeout(timeout if timeout > 0 else 0.0)
            octets = connection.recv(CHUNK)
        except (TimeoutError, BlockingIOError):
            return b""
        except OSError as error:
            raise self._closed(error) from error
        if not octets:
            raise self._closed(None)
        # Two more than a line can have: a long answer is known not to be one.
        self._heard = (self._heard + octets)[-BANNER_MAX - 1 :]
        return octets

    def close(self) -> None:
        """Close our side, give the peer a moment, then close."""
        connection, self._socket = self._socket, None
        if connection is None:
            return
        # Whatever goes wrong here, the connection is over, which is all that is wanted.
        with connection, contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(LINGER)
            until = time.monotonic() + LINGER
            while time.monotonic() < until and connection.recv(CHUNK):
                pass

    def interrupt(self) -> None:
        """Make whoever waits here fail at once; the connection can then only be closed."""
        self._is_interrupted = True
        connection = self._socket
        if connection is not None:
            with contextlib.suppress(OSError):  # not connected yet, or over already
                connection.shutdown(socket.SHUT_RDWR)

    def __str__(self) -> str:
        return f"tcp://{self._host}:{self._port}"

    def _connect(self, candidate: socket.socket, address: tuple[object, ...], by: float) -> None:
        self._socket = candidate
        candidate.settimeout(max(by - time.monotonic(), 0.001))
        try:
            candidate.connect(address)
            self._tune(candidate)
        except OSError as error:
            raise self._failed(error, "nobody answered") from error
        if self._is_interrupted:
            raise TransportError(f"{self}: interrupted")

    def _tune(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):  # not every platform lets it be set
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._heard.clear()

    def _open_one(self) -> socket.socket:
        if self._socket is None:
            raise StateError(f"{self} is not open")
        return self._socket

    def _failed(self, error: OSError, late: str) -> TransportError | DeadlineExceeded:
        """What a connect or a write that failed means."""
        if self._is_interrupted:
            return TransportError(f"{self}: interrupted")
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(f"{self}: {late}", seconds=self._timeout)
        if isinstance(error, ConnectionResetError | BrokenPipeError):
            return self._closed(error)
        return TransportError(f"{self}: {(error.strerror or str(error)).lower()}")

    def _closed(self, error: OSError | None) -> TransportError:
        if self._is_interrupted:
            return TransportError(f"{self}: interrupted")
        how = f"{self}: {error.strerror if error else 'closed by the peer'}"
        return closed(how, bytes(self._heard))
