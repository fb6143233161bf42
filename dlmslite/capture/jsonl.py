"""A capture as JSON lines: one line about the whole, then one line for each event.

::

    {"capture": "dlmslite", "version": 1, "started": "2026-11-24T08:00:00+00:00", "framing": "hdlc"}
    {"at": 0.25, "layer": "transport", "direction": "sent", "octets": "7ea00703219353017e"}

Empty fields are left out. A line is written at once, so that a capture that was cut short is one
still. Read back, every line is checked: a foreign file is an error with the place where it is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO, Any

from dlmslite.capture.base import Capture, Header
from dlmslite.errors import DecodeError
from dlmslite.trace import Direction, TraceEvent

FORMAT = "dlmslite"
VERSION = 1
LINE_MAX = 1024 * 1024  # octets: more than any event; a longer line is a file of another kind
SECONDS_MAX = 1e9  # of a clock that shows how long a machine is up: thirty years
FIRST_YEAR, LAST_YEAR = 1970, 2105  # of a capture: what packets can say, too

_PLAIN = (str, int, float, bool, type(None))


class JsonLinesWriter:
    """Writes a capture as it grows; ``write`` is a tap.

    Args:
        stream: Binary and open; whoever opened it closes it.
        header: The first line.
    """

    def __init__(self, stream: IO[bytes], header: Header) -> None:
        self._stream = stream
        self._put(
            {
                "capture": FORMAT,
                "version": VERSION,
                "started": header.started.isoformat(),
                "framing": header.framing,
                "datagrams": header.datagrams or None,
                "endpoint": header.endpoint or None,
            }
        )

    def write(self, event: TraceEvent) -> None:
        """Add one event."""
        details = {name: _plain(value) for name, value in event.details.items()}
        self._put(
            {
                "at": event.at,
                "layer": event.layer,
                "direction": event.direction.value,
                "octets": event.octets.hex() or None,
                "note": event.note or None,
                "details": details or None,
            }
        )

    def close(self) -> None:
        """Nothing is left to be written."""

    def _put(self, members: Mapping[str, object]) -> None:
        kept = {name: value for name, value in members.items() if value is not None}
        self._stream.write(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
        self._stream.flush()


def _plain(value: object) -> object:
    """A value that JSON has a form for: itself, octets as hexadecimal, anything else as text."""
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, _PLAIN) else str(value)


def decode(octets: bytes) -> Capture:
    """Read a whole file.

    Raises:
        DecodeError: ``bad-header`` or ``bad-line``; the offset is where that line begins.
    """
    header: Header | None = None
    events: list[TraceEvent] = []
    offset = 0
    for number, line in enumerate(octets.split(b"\n"), 1):
        if line.strip():
            members = _members(line, number, offset)
            if header is None:
                header = _header(members, offset)
            else:
                events.append(_event(members, number, offset))
        offset += len(line) + 1
    if header is None:
        raise DecodeError("bad-header", "the file is empty")
    return Capture(header, tuple(events))


def _members(line: bytes, number: int, offset: int) -> dict[str, Any]:
    if len(line) > LINE_MAX:
        raise DecodeError("bad-line", f"line {number} is too long", offset=offset)
    try:
        members = json.loads(line)
    except (ValueError, RecursionError):
        raise DecodeError("bad-line", f"line {number} is no JSON", offset=offset) from None
    if not isinstance(members, dict):
        raise DecodeError("bad-line", f"line {number} is no object", offset=offset)
    return members


def _header(members: dict[str, Any], offset: int) -> Header:
    if members.get("capture") != FORMAT or members.get("version") != VERSION:
        raise DecodeError(
            "bad-header", f"this is no capture of version {VERSION} in JSON lines", offset=offset
        )
    try:
        return Header(
            started=_started(members["started"]),
            framing=_typed(members, "framing", str, "hdlc"),
            datagrams=_typed(members, "datagrams", bool, default=False),
            endpoint=_typed(members, "endpoint", str, ""),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DecodeError("bad-header", f"the first line: {error}", offset=offset) from None


def _event(members: dict[str, Any], number: int, offset: int) -> TraceEvent:
    try:
        return TraceEvent(
            at=_seconds(members["at"]),
            layer=_typed(members, "layer", str, "transport"),
            direction=Direction(members["direction"]),
            octets=bytes.fromhex(_typed(members, "octets", str, "")),
            note=_typed(members, "note", str, ""),
            details=MappingProxyType(_typed(members, "details", dict, {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DecodeError("bad-line", f"line {number}: {reason}", offset=offset) from None


def _seconds(at: object) -> float:
    if isinstance(at, bool) or not isinstance(at, int | float):
        raise TypeError(f"at is {type(at).__name__}, not seconds")
    if not abs(at) <= SECONDS_MAX:
        raise ValueError(f"at is {at}, no time of a clock")
    return float(at)


def _started(text: object) -> dt.datetime:
    if not isinstance(text, str):
        raise TypeError(f"started is {type(text).__name__}, not str")
    started = dt.datetime.fromisoformat(text)
    if not FIRST_YEAR <= started.year <= LAST_YEAR:
        raise ValueError(f"started in {started.year}")
    return started


def _typed(members: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = members.get(name, default)
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {type(value).__name__}, not {kind.__name__}")
    return value
