"""Datagrams over UDP: one APDU in each, as the wrapper sends them (IEC 62056-47, 4.2).

The socket is connected, so that the network hands over what comes from the meter's address and
port, and nothing else. A datagram is handed over whole; whether it is all that the meter sent, its
own header says.
"""

from __future__ import annotations

import socket

from dlmslite.errors import DeadlineExceeded, StateError, TransportError
from dlmslite.transport.waiting import READ, WRITE, Waiting

DATAGRAM_MAX = 65_535  # octets: the length field of UDP has sixteen bits, so nothing is cut here


class UdpTransport:
    """A UDP socket that talks to one peer.

    Args:
        host: Name or address.
        port: Port number.
        timeout: Seconds for the network to take what is sent.
    """

    def __init__(self, host: str, port: int, *, timeout: float = 10.0) -> None:
        self._host, self._port = host, port
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._waiting: Waiting | None = None

    def open(self) -> None:
        """Take a port of our own; nothing is sent, so nobody has answered yet.

        Raises:
            TransportError: Unknown host, or no way to it.
        """
        self.close()
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            opened = socket.socket(family, kind, protocol)
        except OSError as error:
            hint = "check the name or the address"
            raise TransportError(f"{self._host}: {error.strerror}", hint=hint) from error
        try:
            opened.connect(address)
            opened.setblocking(False)
        except OSError as error:
            opened.close()
            raise self._failed(error) from error
        self._socket = opened
        self._waiting = Waiting(str(self), opened.fileno())

    def send(self, octets: bytes) -> None:
        """Send these octets as one datagram.

        Raises:
            TransportError: They are too many for a datagram, nobody listens, or interrupted.
            DeadlineExceeded: The network takes nothing.
        """
        opened, waiting = self._open_one()
        if not waiting.wait(WRITE, self._timeout):
            raise DeadlineExceeded(f"{self}: the network takes nothing", seconds=self._timeout)
        try:
            opened.send(octets)
        except OSError as error:
            raise self._failed(error) from error

    def receive(self, timeout: float) -> bytes:
        """Wait for one datagram and return it; empty when none came in time.

        Raises:
            TransportError: The peer's machine says that nobody listens, or interrupted.
        """
        opened, waiting = self._open_one()
        if not waiting.wait(READ, timeout):
            return b""
        try:
            return opened.recv(DATAGRAM_MAX)
        except BlockingIOError:  # its checksum was wrong, and the system threw it away
            return b""
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close; twice is no error."""
        opened, self._socket = self._socket, None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.close()
        if opened is not None:
            opened.close()

    def interrupt(self) -> None:
        """Make whoever waits here fail at once; the socket can then only be closed."""
        waiting = self._waiting
        if waiting is not None:
            waiting.wake()

    def __str__(self) -> str:
        return f"udp://{self._host}:{self._port}"

    def _open_one(self) -> tuple[socket.socket, Waiting]:
        if self._socket is None or self._waiting is None:
            raise StateError(f"{self} is not open")
        return self._socket, self._waiting

    def _failed(self, error: OSError) -> TransportError:
        hint = "nobody listens on that port" if isinstance(error, ConnectionRefusedError) else ""
        return TransportError(f"{self}: {(error.strerror or str(error)).lower()}", hint=hint)
