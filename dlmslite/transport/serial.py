"""Bytes over a serial port; the only importer of pyserial.

pyserial opens and sets the port. It does not read or write: its timed reads call ``select``, which
fails for descriptors above 1023, so the waiting is our own. POSIX only; elsewhere a TCP-to-serial
converter does.
"""

from __future__ import annotations

import contextlib
import os
import termios
import time

import serial

from dlmslite.errors import (
    ConnectionClosed,
    DeadlineExceeded,
    StateError,
    TransportError,
)
from dlmslite.transport.base import LineSettings
from dlmslite.transport.echo import EchoFilter
from dlmslite.transport.waiting import READ, WRITE, Waiting

CHUNK = 4096  # octets taken from the port at once; the kernel's buffer holds as many
_PSEUDO = "/dev/pts/"
_PSEUDO_FORMAT = "8N1"


class SerialTransport:
    """One serial port.

    Args:
        device: Its path.
        settings: How it begins; ``set_line`` changes it.
        echo: Whether the line gives back what is sent, so that it has to be taken out.
        timeout: Seconds for the port to take what is sent.
    """

    def __init__(
        self,
        device: str,
        settings: LineSettings | None = None,
        *,
        echo: bool = False,
        timeout: float = 10.0,
    ) -> None:
        self._device = device
        self._settings = settings or LineSettings()
        self._timeout = timeout
        self._echo = EchoFilter() if echo else None
        self._port: serial.Serial | None = None
        self._waiting: Waiting | None = None

    def open(self) -> None:
        """Open the port for us alone; what waits in it is old and thrown away.

        Raises:
            TransportError: There is no such port, it is in use, or we may not have it.
        """
        self.close()
        port = serial.Serial(exclusive=True, timeout=0, write_timeout=0)
        port.port = self._device
        self._apply(port, self._settings)
        try:
            port.open()
        except (OSError, ValueError, termios.error) as error:
            raise self._not_opened(error) from error
        if self._echo is not None:
            self._echo.reset()
        self._waiting = Waiting(str(self), port.fileno())
        self._port = port

    def set_line(self, baud: int, form: str) -> None:
        """Change speed and format, when all that was sent has left at the old ones.

        Raises:
            ConnectionClosed: The port is gone.
            TransportError: It has no such speed.
            ConfigurationError: There is no such speed or format.
        """
        settings = LineSettings(baud, form)
        port, _ = self._open_one()
        try:
            termios.tcdrain(port.fileno())
            self._apply(port, settings)
        except ValueError as error:
            raise TransportError(f"{self} does not do {baud} baud {form}: {error}") from error
        except (OSError, termios.error) as error:
            raise self._closed(error) from error

    def send(self, octets: bytes) -> None:
        """Write all of it.

        Raises:
            ConnectionClosed: The port is gone.
            DeadlineExceeded: The port takes nothing.
            TransportError: Interrupted.
        """
        port, waiting = self._open_one()
        deadline = time.monotonic() + self._timeout
        if self._echo is not None:
            self._echo.sent(octets)
        rest = memoryview(octets)
        while rest:
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.wait(WRITE, left):
                raise DeadlineExceeded(f"{self} takes nothing", seconds=self._timeout)
            try:
                rest = rest[os.write(port.fileno(), rest) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise self._closed(error) from error

    def receive(self, timeout: float) -> bytes:
        """Wait for octets and return what is there; empty when nothing came in time.

        Raises:
            ConnectionClosed: The port is gone.
            TransportError: Interrupted.
        """
        port, waiting = self._open_one()
        deadline = time.monotonic() + timeout
        left = timeout
        while waiting.wait(READ, left):
            try:
                octets = os.read(port.fileno(), CHUNK)
            except BlockingIOError:
                octets = None
            except OSError as error:
                raise self._closed(error) from error
            if octets == b"":
                # Readiness without octets is how a vanished adapter shows itself.
                raise self._closed(None)
            if octets and self._echo is not None:
                octets = self._echo.received(octets)
            if octets:
                return octets
            left = deadline - time.monotonic()
        return b""

    def close(self) -> None:
        """Close; twice is no error."""
        port, self._port = self._port, None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.close()
        if port is not None:
            with contextlib.suppress(OSError, termios.error):  # it may be gone already
                port.close()

    def interrupt(self) -> None:
        """Make whoever waits here fail at once, from any thread; only ``close`` may follow."""
        waiting = self._waiting
        if waiting is not None:
            waiting.wake()

    def __str__(self) -> str:
        return f"serial://{self._device}"

    def _apply(self, port: serial.Serial, settings: LineSettings) -> None:
        # A pseudo terminal has neither parity nor seven bits, and refuses to be asked for them.
        is_pseudo = os.path.realpath(self._device).startswith(_PSEUDO)
        form = _PSEUDO_FORMAT if is_pseudo else settings.format
        port.baudrate = settings.baud
        port.bytesize = int(form[0])
        port.parity = form[1]
        port.stopbits = int(form[2])

    def _open_one(self) -> tuple[serial.Serial, Waiting]:
        if self._port is None or self._waiting is None:
            raise StateError(f"{self} is not open")
        return self._port, self._waiting

    def _closed(self, error: OSError | termios.error | None) -> ConnectionClosed:
        why = "the port is gone" if error is None else str(error.args[-1]).lower()
        return ConnectionClosed(f"{self}: {why}", hint="was the adapter pulled out?")

    def _not_opened(self, error: Exception) -> TransportError:
        number = getattr(error, "errno", None)
        why = os.strerror(number).lower() if number else str(error)
        hints = {
            "permission denied": "add the user to the port's group, often dialout",
            "resource temporarily unavailable": "another program has the port open",
            "no such file or directory": "look at the names in /dev/serial/by-id",
        }
        return TransportError(f"{self}: {why}", hint=hints.get(why, ""))
