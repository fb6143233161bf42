"""One open wire that several clients share, one talker at a time: several meters on one RS-485 bus.

Each client has its own link and its own association; the wire is one. What a meter says to another
client's question is thrown away by its address. Usable as::

    with dlmslite.Line("serial:///dev/ttyUSB0?baud=9600") as line:
        with dlmslite.connect(line, server=(1, 17)) as one:
            with dlmslite.connect(line, server=(1, 18)) as other:
                ...
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from dlmslite.endpoint import Endpoint, make_transport
from dlmslite.errors import (
    ConfigurationError,
    ConnectionClosed,
    DeadlineExceeded,
    StateError,
    TransportError,
)
from dlmslite.transport.base import AdjustableTransport, Transport

SLICE = 0.05  # s between looks for an abort: one client's abort must not break another's wire


class Line:
    """A wire to several meters; closed by ``close`` or ``with``.

    It is opened when the first client connects, and again when one connects after it broke.

    Args:
        url: As ``connect`` takes it.
        timeout: Seconds for the wire to be opened.

    Attributes:
        endpoint: What the URL says.
        lock: Held by whoever talks.

    Raises:
        ConfigurationError: The URL makes no sense.
    """

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.endpoint = Endpoint.parse(url)
        self.lock = threading.RLock()
        self._transport = make_transport(self.endpoint, timeout)
        self._opening = 0  # counts openings: a client of an earlier one has lost its link
        self._is_open = False
        self._seats: set[Seat] = set()

    def seat(self) -> Seat:
        """A transport for one more client."""
        return Seat(self)

    def close(self) -> None:
        """Close the wire; the clients on it find it closed."""
        with self.lock:
            self._seats.clear()
            self._lose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def join(self, seat: Seat) -> int:
        """Open the wire if need be; return which opening it is.

        Raises:
            TransportError: It cannot be opened.
            ConfigurationError: A sign-on would take the line from who has it.
        """
        with self.lock:
            port = self.endpoint.serial
            if port is not None and port.mode and self._seats:
                raise ConfigurationError(
                    "mode E signs on one meter at a time", hint="close the other client first"
                )
            if not self._is_open:
                self._transport.open()
                self._is_open = True
                self._opening += 1
            self._seats.add(seat)
            return self._opening

    def leave(self, seat: Seat) -> None:
        """A client is off the line; the wire stays open for the others."""
        with self.lock:
            self._seats.discard(seat)

    def wire(self, opening: int) -> Transport:
        """The wire, as it was at that opening.

        Raises:
            ConnectionClosed: It has broken or was closed since.
        """
        if not self._is_open or opening != self._opening:
            raise ConnectionClosed(f"the line {self.endpoint.wire} was closed", hint="connect anew")
        return self._transport

    def broke(self) -> None:
        """The wire failed under one client, so it failed for all."""
        with self.lock:
            self._seats.clear()
            self._lose()

    def _lose(self) -> None:
        self._is_open = False
        self._transport.close()


class Seat:
    """One client's place on a line, a transport like any other.

    Args:
        line: The line.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._opening: int | None = None
        self._is_interrupted = False

    def open(self) -> None:
        """Take a place.

        Raises:
            TransportError: The wire cannot be opened.
            ConfigurationError: The line has no second place.
        """
        self._is_interrupted = False
        self._opening = self._line.join(self)

    def set_line(self, baud: int, form: str) -> None:
        """Change speed and format of the line, which then has one client only.

        Raises:
            ConfigurationError: It is no serial port.
            TransportError: The port is gone, or has no such speed.
        """
        wire = self._wire()
        if not isinstance(wire, AdjustableTransport):
            raise ConfigurationError("the speed of this wire cannot be changed")
        try:
            wire.set_line(baud, form)
        except TransportError:
            self._line.broke()
            raise

    def send(self, octets: bytes) -> None:
        """Write all of it.

        Raises:
            TransportError: The wire failed, or interrupted.
            DeadlineExceeded: It takes nothing.
        """
        wire = self._wire()
        try:
            wire.send(octets)
        except (TransportError, DeadlineExceeded):
            self._line.broke()
            raise

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Raises:
            TransportError: The wire failed, or interrupted.
        """
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            wire = self._wire()
            try:
                octets = wire.receive(min(left, SLICE))
            except TransportError:
                self._line.broke()
                raise
            if octets or left <= SLICE:
                return octets

    def close(self) -> None:
        """Leave the place; twice is no error."""
        self._opening = None
        self._line.leave(self)

    def interrupt(self) -> None:
        """Make whoever waits here fail soon; the others on the line go on."""
        self._is_interrupted = True

    def _wire(self) -> Transport:
        if self._is_interrupted:
            raise TransportError(f"{self._line.endpoint.wire}: interrupted")
        if self._opening is None:
            raise StateError(f"no place on {self._line.endpoint.wire}")
        return self._line.wire(self._opening)
