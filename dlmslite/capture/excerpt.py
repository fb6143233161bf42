"""A capture file of frames that somebody kept, fit to be shown and to be replayed.

Who keeps frames may have put asterisks where a password stood; such a frame gets a sound check
sequence again, or nothing would understand it. Serial numbers are struck out when that is asked.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from types import MappingProxyType

from attrs import evolve

from dlmslite.capture.base import CONNECTION, Capture, Header
from dlmslite.capture.jsonl import JsonLinesWriter
from dlmslite.capture.redact import redact
from dlmslite.link.hdlc.fcs import check
from dlmslite.trace import TraceEvent

STARRED = "starred"  # the detail of an event in whose octets somebody put asterisks
_FLAG = 0x7E
_SHORTEST = 9  # octets of an HDLC frame with its flags


def capture_file(
    events: Iterable[TraceEvent],
    *,
    started: dt.datetime,
    endpoint: str = "",
    redacted: bool = False,
) -> bytes:
    """The octets of a capture in JSON lines; ``dlmslite replay`` reads it.

    Args:
        events: What went over one wire, in order, whole frames. An event whose details say
            ``starred`` had octets replaced by whoever kept it.
        started: The wall-clock time at which the clock of the events showed zero; aware.
        endpoint: The URL of the meter; empty when not known.
        redacted: Whether secrets and serial numbers are struck out.

    Raises:
        ConfigurationError: ``started`` has no zone.
    """
    whole = tuple(_sound(event) for event in events)
    first = next((event.octets for event in whole if event.octets), bytes([_FLAG]))
    framing = "hdlc" if first[0] == _FLAG else "wrapper"
    capture = Capture(Header(started=started, framing=framing, endpoint=endpoint), whole)
    if redacted:
        capture = redact(capture)
    stream = io.BytesIO()
    writer = JsonLinesWriter(stream, capture.header)
    for event in capture.events:
        writer.write(event)
    return stream.getvalue()


def _sound(event: TraceEvent) -> TraceEvent:
    """The event on the one connection, its check sequence made anew where asterisks broke it."""
    octets = event.octets
    starred = bool(event.details.get(STARRED))
    if starred and len(octets) >= _SHORTEST and octets[0] == octets[-1] == _FLAG:
        body = octets[1:-3]
        octets = octets[:1] + body + check(body).to_bytes(2, "little") + octets[-1:]
    return evolve(event, octets=octets, details=MappingProxyType({CONNECTION: 1}))
