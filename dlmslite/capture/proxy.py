"""A recording proxy: a client connects here, the meter is reached from here, all is noted.

One thread for each connection: what one side says is taken, noted and handed to the other, and
nothing is understood or changed. A meter that takes one session at a time gets no second one while
the first lasts, unless its own listener lets it in.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from types import MappingProxyType, TracebackType
from typing import Self

from dlmslite.capture.base import (
    CLOSED_BY_CLIENT,
    CLOSED_BY_METER,
    CONNECTED,
    CONNECTION,
    TRANSPORT,
)
from dlmslite.endpoint import Endpoint, make_transport
from dlmslite.errors import ConfigurationError, DlmsError
from dlmslite.trace import Direction, Tap, TraceEvent
from dlmslite.transport.base import Transport
from dlmslite.transport.tcp import TcpTransport

PATIENCE = 0.005  # seconds that one side is listened to before the other: what the proxy adds
TIMEOUT = 10.0  # seconds for the meter to be reached, and for either side to take what is said


class RecordingProxy:
    """Listens for clients of one meter and records what is said.

    Args:
        endpoint: The meter.
        tap: Takes every event; called on the thread of each connection.
        host: Where to listen.
        port: Port, 0 for a free one.

    Attributes:
        host: Where it listens.
        port: On which port.
        connections: How many clients have come.
        first_ended: Set when the first connection has ended.

    Raises:
        ConfigurationError: The port is taken, or the host is not this machine.
    """

    def __init__(
        self, endpoint: Endpoint, tap: Tap, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.endpoint = endpoint
        self.connections = 0
        self.first_ended = threading.Event()
        self._tap = tap
        self._numbers = itertools.count(1)
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        try:
            self._listener = socket.create_server((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {host}:{port}: {(error.strerror or '').lower()}"
            ) from error
        self.host, self.port = self._listener.getsockname()[:2]
        self._acceptor = threading.Thread(target=self._accept, name="recording proxy", daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        """Where a client finds the meter now."""
        return f"{self.endpoint.scheme}://{self.host}:{self.port}"

    def close(self) -> None:
        """Listen no more, end every connection, and wait for the threads."""
        self._ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(
                target=self._carry, args=(client, next(self._numbers)), daemon=True
            )
            self._threads = [running for running in self._threads if running.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _carry(self, connected: socket.socket, number: int) -> None:
        """One connection, from its first octet to its last."""
        client = TcpTransport.adopt(connected, timeout=TIMEOUT)
        meter = make_transport(self.endpoint, TIMEOUT)
        try:
            self._note(number, Direction.INTERNAL, note=CONNECTED)
            meter.open()
            while not self._ending.is_set():
                if not self._pass_on(client, meter, number, Direction.SENT):
                    self._note(number, Direction.INTERNAL, note=CLOSED_BY_CLIENT)
                    break
                if not self._pass_on(meter, client, number, Direction.RECEIVED):
                    self._note(number, Direction.INTERNAL, note=CLOSED_BY_METER)
                    break
        except DlmsError as error:
            # The meter cannot be reached, or does not take what is said.
            self._note(number, Direction.INTERNAL, note=str(error))
            self._note(number, Direction.INTERNAL, note=CLOSED_BY_METER)
        finally:
            meter.close()
            client.close()
            self.first_ended.set()

    def _pass_on(
        self, source: Transport, target: Transport, number: int, direction: Direction
    ) -> bool:
        """Hand on what has come; False when the source has hung up."""
        try:
            octets = source.receive(PATIENCE)
        except DlmsError:
            return False
        if octets:
            self._note(number, direction, octets)
            target.send(octets)
        return True

    def _note(self, number: int, direction: Direction, octets: bytes = b"", note: str = "") -> None:
        self._tap(
            TraceEvent(
                at=time.monotonic(),
                layer=TRANSPORT,
                direction=direction,
                octets=octets,
                note=note,
                details=MappingProxyType({CONNECTION: number}),
            )
        )
