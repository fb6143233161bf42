"""What a capture is: trace events of one meter's wire, and where and when they were taken.

Every form of a capture, on disk or served again, is made of this value. Directions are those of the
trace: ``SENT`` went from the client to the meter, ``RECEIVED`` came from the meter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from dlmslite.errors import ConfigurationError
from dlmslite.records import frozen
from dlmslite.trace import Direction, TraceEvent

FRAMINGS = ("hdlc", "wrapper")
CONNECTION = "connection"  # the detail of an event that tells the connections of a capture apart
TRANSPORT = "transport"  # the layer whose events are octets on the wire, and its ups and downs

# What happened to a connection, as the notes of internal events of the transport.
CONNECTED = "connected"
CLOSED_BY_CLIENT = "closed by the client"
CLOSED_BY_METER = "closed by the meter"


@frozen(kw_only=True)
class Header:
    """Where and when a capture was taken.

    Attributes:
        started: The wall-clock time at which the clock of the events showed zero; aware.
        framing: ``hdlc`` or ``wrapper``.
        datagrams: Whether the wire was UDP and every event one datagram.
        endpoint: The URL of the meter; empty when not known.
    """

    started: dt.datetime
    framing: str = "hdlc"
    datagrams: bool = False
    endpoint: str = ""

    def __attrs_post_init__(self) -> None:
        if self.started.tzinfo is None:
            raise ConfigurationError("the start of a capture has no zone")
        if self.framing not in FRAMINGS:
            raise ConfigurationError(f"no framing {self.framing!r}; there are hdlc and wrapper")

    def time_of(self, event: TraceEvent) -> dt.datetime:
        """The wall-clock time of an event."""
        return self.started + dt.timedelta(seconds=event.at)


@frozen
class Capture:
    """A whole capture.

    Attributes:
        header: Where and when.
        events: What happened, in order.
    """

    header: Header
    events: tuple[TraceEvent, ...] = ()

    def octets_on_the_wire(self) -> Iterator[TraceEvent]:
        """The events that are octets between client and meter, without what was said about them."""
        return (event for event in self.events if is_on_the_wire(event))


def is_on_the_wire(event: TraceEvent) -> bool:
    """Whether an event is octets that went between client and meter."""
    return (
        event.layer == TRANSPORT
        and event.direction is not Direction.INTERNAL
        and bool(event.octets)
    )


def connection_of(event: TraceEvent) -> int:
    """The number of the connection that an event belongs to; 1 when it does not say."""
    number = event.details.get(CONNECTION, 1)
    return number if isinstance(number, int) else 1
