"""What every link accepts, and the events it may return.

A link is sans-IO: octets and the time go in, events and octets to send come out. It never waits;
``next_deadline`` says when it wants to be called again. Times are seconds on one monotonic clock,
whose zero does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from attrs import field

from dlmslite.errors import DlmsError
from dlmslite.records import define, frozen


@frozen
class LinkOpened:
    """The link is up; APDUs may pass.

    Attributes:
        parameters: What was negotiated, by name (``max_info_transmit``, ``window_receive`` …);
            empty for links without negotiation.
    """

    parameters: Mapping[str, int] = field(factory=lambda: MappingProxyType({}))


@frozen
class LinkClosed:
    """The link ended in good order: we closed it, or the peer did.

    Attributes:
        by_peer: True when the peer ended it.
        reason: ``disconnect``, ``not-open`` …
    """

    by_peer: bool = False
    reason: str = ""


@frozen
class LinkFailed:
    """The link is dead until it is opened again.

    Attributes:
        error: What happened: ``LinkError``, ``DeadlineExceeded`` or ``FramingError``.
    """

    error: DlmsError


@frozen
class ApduReceived:
    """One whole APDU arrived in sequence.

    Attributes:
        octets: The APDU, without any header of the link.
        source: The sender's address as the link knows it (HDLC upper address or wPort).
        destination: The address it was sent to.
    """

    octets: bytes
    source: int = 0
    destination: int = 0


@frozen
class NotificationReceived:
    """One whole APDU arrived outside the sequence: a UI frame, or a datagram nobody asked for.

    Attributes:
        octets: The APDU, without any header of the link.
        source: The sender's address as the link knows it.
        destination: The address it was sent to.
    """

    octets: bytes
    source: int = 0
    destination: int = 0


@frozen
class Discarded:
    """Octets or frames were thrown away.

    Attributes:
        octets: What was thrown away.
        reason: A stable name: ``noise``, ``bad-hcs``, ``bad-fcs``, ``truncated``, ``echo``,
            ``wrong-address``, ``duplicate``, ``out-of-sequence`` …
    """

    octets: bytes
    reason: str


@frozen
class SpeedWanted:
    """The line has to change its speed, by whoever owns it, before anything else is said.

    Octets that were handed out before this event leave the line at the old speed; those that
    ``data_to_send`` gives after it are for the new one. So events are taken before octets.

    Attributes:
        baud: The speed.
        format: Data bits, parity and stop bits, such as ``8N1``.
        allowance: Seconds that the link's next step takes on a line so slow, whatever the owner's
            patience for one exchange is.
    """

    baud: int
    format: str
    allowance: float = 0.0


@define
class FrameCount:
    """How many frames passed since the link was made; datagrams and telegrams count as frames.

    Attributes:
        sent: Ours.
        received: Sound ones, whoever they were for.
    """

    sent: int = 0
    received: int = 0


LinkEvent = (
    LinkOpened
    | LinkClosed
    | LinkFailed
    | ApduReceived
    | NotificationReceived
    | Discarded
    | SpeedWanted
)


class Link(Protocol):
    """The verbs of a link. Every one is quick and none of them waits.

    Attributes:
        response_timeout: Seconds after which an answer counts as lost and is asked for again; may
            be changed between two exchanges. Links that never repeat anything do not look at it.
        frames: How many frames passed so far.
    """

    response_timeout: float
    frames: FrameCount

    def open(self, now: float) -> None:
        """Begin to set the link up; ``LinkOpened`` or ``LinkFailed`` follows."""

    def close(self, now: float) -> None:
        """Begin to end it politely; ``LinkClosed`` follows."""

    def send(self, apdu: bytes, now: float) -> None:
        """Queue one whole APDU.

        Raises:
            StateError: The link is not open.
        """

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call."""

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""

    def deadline_passed(self, now: float) -> None:
        """Act on every deadline up to ``now``: poll, repeat, or fail."""
