"""The tap: what a trace event is, and the callable that takes them.

Nothing is traced unless a tap is given. A tap is called on the thread that moves the octets, must
not block, and must not raise.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType

from attrs import field

from dlmslite.records import frozen


class Direction(enum.Enum):
    """Which way traced octets went, seen from our side."""

    SENT = "sent"
    RECEIVED = "received"
    INTERNAL = "internal"


@frozen(kw_only=True)
class TraceEvent:
    """One thing that happened at one layer.

    Attributes:
        at: Seconds on the clock of whoever moves the octets (monotonic).
        layer: The layer, as the folder is named: ``transport``, ``link``, ``apdu``.
        direction: Sent, received, or internal to the layer.
        octets: What was moved or thrown away; may be empty.
        note: What happened, in a few words; empty when the octets say it all.
        details: Further values by name; of what a client moves at the transport, ``frames``: how
            many frames it was, or completed.
    """

    at: float
    layer: str
    direction: Direction
    octets: bytes = b""
    note: str = ""
    details: Mapping[str, object] = field(factory=lambda: MappingProxyType({}))


FRAMES = "frames"  # of the details

Tap = Callable[[TraceEvent], None]
