"""Captures on disk: the name of a file says its form.

``.jsonl`` keeps everything; ``.pcap`` keeps the octets and their times, for Wireshark; ``.pcapng``
is read only. Files are written with mode 600: unless it was redacted, a capture holds passwords.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Protocol, Self

from dlmslite.capture import jsonl, pcap
from dlmslite.capture.base import Capture, Header
from dlmslite.capture.redact import redact
from dlmslite.errors import ConfigurationError
from dlmslite.trace import TraceEvent

MODE = 0o600  # for the owner alone


class Writer(Protocol):
    """What writes one form of a capture."""

    def write(self, event: TraceEvent) -> None:
        """Add one event."""

    def close(self) -> None:
        """Write what belongs to the end."""


WRITERS: Mapping[str, Callable[[IO[bytes], Header], Writer]] = MappingProxyType(
    {".jsonl": jsonl.JsonLinesWriter, ".pcap": pcap.PcapWriter}
)


class Recording:
    """A file that a capture is written to while it grows; ``tap`` may be called by any thread.

    Args:
        path: Where; its suffix says in which form.
        header: Where and when the capture is taken.
        redacted: Whether secrets and serial numbers are struck out. Nothing is written before the
            end then, since what is known at the end is struck out from the beginning on.

    Raises:
        ConfigurationError: The suffix is none of the known ones, or the file cannot be written.
    """

    def __init__(self, path: Path, header: Header, *, redacted: bool = False) -> None:
        if path.suffix not in WRITERS:
            raise ConfigurationError(f"{path.name}: captures are written as {' or '.join(WRITERS)}")
        self.events = 0
        self._header = header
        self._kept: list[TraceEvent] | None = [] if redacted else None
        self._lock = threading.Lock()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        except OSError as error:
            raise ConfigurationError(f"{path}: {(error.strerror or '').lower()}") from error
        self._file: IO[bytes] | None = os.fdopen(descriptor, "wb")
        self._writer = WRITERS[path.suffix](self._file, header)

    def tap(self, event: TraceEvent) -> None:
        """Take one event; after the end it is left out."""
        with self._lock:
            if self._file is None:
                return
            self.events += 1
            if self._kept is not None:
                self._kept.append(event)
            else:
                self._writer.write(event)

    def close(self) -> None:
        """Write what is left, and close the file; twice is no error."""
        with self._lock:
            if self._file is None:
                return
            with self._file:
                for event in redact(Capture(self._header, tuple(self._kept or ()))).events:
                    self._writer.write(event)
                self._writer.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def load(path: Path, *, port: int | None = None) -> Capture:
    """Read a capture; what the file is, its first octets say.

    Args:
        path: JSON lines, pcap or pcapng.
        port: The meter's port in a file of packets; see ``pcap.decode``.

    Raises:
        ConfigurationError: The file cannot be read.
        DecodeError: It is no capture.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {(error.strerror or '').lower()}") from error
    if octets.lstrip().startswith(b"{"):
        return jsonl.decode(octets)
    return pcap.decode(octets, port=port)


def save(capture: Capture, path: Path) -> None:
    """Write a whole capture.

    Raises:
        ConfigurationError: As for ``Recording``.
    """
    with Recording(path, capture.header) as recording:
        for event in capture.events:
            recording.tap(event)
