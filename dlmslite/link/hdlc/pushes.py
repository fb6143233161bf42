"""APDUs outside the sequence: UI frames, whole or in segments, of one side (IEC 62056-46, 6.4.3.9).

UI frames carry no number, so the order on the wire is all there is: a segment with an LLC header
begins a new APDU, and what was joined before it has lost its end. Some meters (the AM550 among
them) push longer APDUs so; the others use general block transfer.
"""

from __future__ import annotations

from dlmslite.errors import FramingError
from dlmslite.link.base import Discarded, NotificationReceived
from dlmslite.link.hdlc import llc
from dlmslite.link.hdlc.address import ALL_STATION, ALL_STATION_LONG, Address
from dlmslite.link.hdlc.frames import UI
from dlmslite.link.hdlc.segments import Joiner, cut
from dlmslite.role import Role


class Pushes:
    """Joins what is pushed to us.

    Args:
        limit: The most octets that one APDU may have.
    """

    def __init__(self, limit: int) -> None:
        self._joiner = Joiner(limit)
        self._from: tuple[Address, Address] | None = None

    def reset(self) -> None:
        """Forget what was joined so far."""
        self._joiner.reset()
        self._from = None

    def take(self, frame: UI) -> NotificationReceived | Discarded | None:
        """Take a frame; tell of the APDU that it completes, or of one that grew too long."""
        way = (frame.source, frame.destination)
        if llc.split(frame.information)[0] or way != self._from:
            self._joiner.reset()  # a new push: the last segment of the one before it was lost
        self._from = way
        try:
            whole = self._joiner.add(frame.information, more=frame.segmented)
        except FramingError as error:
            return Discarded(error.octets, error.code)
        if not whole:
            return None
        apdu = llc.split(whole)[1]
        return NotificationReceived(apdu, frame.source.upper, frame.destination.upper)


def push(
    sender: Role, apdu: bytes, size: int, *, destination: Address, source: Address
) -> list[UI]:
    """The frames that carry an APDU outside the sequence; nobody answers them (P = 0)."""
    segments = cut(llc.join(sender, apdu), size)
    return [UI(destination, source, False, part.information, part.more) for part in segments]


def everybody(like: Address) -> Address:
    """The all-station address in the width of another one."""
    part = ALL_STATION_LONG if like.size == 4 else ALL_STATION
    return Address(part, None if like.size == 1 else part, like.size)
