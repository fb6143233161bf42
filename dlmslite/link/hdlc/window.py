"""Sequence numbers, acknowledgement and retransmission (IEC 62056-46, 6.4.4.3.3).

Numbers count modulo 8. N(S) is the number of a frame, N(R) the number that its sender expects next,
so it acknowledges everything up to N(R) - 1. V(S) and V(R) are the two counters of a station. A
window of n lets n frames be under way without acknowledgement.
"""

from __future__ import annotations

import enum
from collections import deque

from dlmslite.link.hdlc.control import SEQUENCES
from dlmslite.link.hdlc.segments import Segment


class Arrival(enum.Enum):
    """How the number of a received frame stands to V(R)."""

    IN_SEQUENCE = "in sequence"
    DUPLICATE = "duplicate"  # behind V(R): acknowledged again, not delivered again
    GAP = "gap"  # ahead of V(R): frames before it are lost


_IN_SEQUENCE = Arrival.IN_SEQUENCE  # an enumeration's member is slow to look up


class Window:
    """The counters of one station, and the segments that it may have to send again.

    Args:
        transmit: Segments that may be under way without acknowledgement.
        receive: Segments that the peer may have under way.
    """

    def __init__(self, transmit: int = 1, receive: int = 1) -> None:
        self._transmit = transmit
        self._receive = receive
        self._vs = 0
        self._vr = 0
        self._waiting: deque[Segment] = deque()

    @property
    def vs(self) -> int:
        """V(S): the number of the next new segment."""
        return self._vs

    @property
    def vr(self) -> int:
        """V(R): the number expected next, sent as N(R)."""
        return self._vr

    @property
    def is_open(self) -> bool:
        """Whether a new segment may be sent."""
        return len(self._waiting) < self._transmit

    @property
    def unacknowledged_count(self) -> int:
        """How many segments are under way."""
        return len(self._waiting)

    @property
    def unacknowledged(self) -> list[tuple[int, Segment]]:
        """The segments under way with their numbers, oldest first."""
        first = self._vs - len(self._waiting)
        return [((first + index) % SEQUENCES, part) for index, part in enumerate(self._waiting)]

    def number(self, segment: Segment) -> int:
        """Give a new segment its N(S) and keep it until it is acknowledged."""
        ns = self._vs
        self._waiting.append(segment)
        self._vs = (ns + 1) % SEQUENCES
        return ns

    def acknowledge(self, nr: int) -> bool:
        """Take an N(R): forget what it acknowledges. False where it cannot be meant."""
        under_way = (self._vs - nr) % SEQUENCES
        if under_way > len(self._waiting):
            return False
        while len(self._waiting) > under_way:
            self._waiting.popleft()
        return True

    def was_never_sent(self, nr: int) -> bool:
        """Whether an N(R) that cannot be meant lies ahead of V(S), rather than far behind it."""
        oldest = self._vs - len(self._waiting)
        return (nr - self._vs) % SEQUENCES < (oldest - nr) % SEQUENCES

    def arrived(self, ns: int) -> Arrival:
        """Take an N(S); V(R) moves on when it is the expected one."""
        ahead = (ns - self._vr) % SEQUENCES
        if ahead == 0:
            self._vr = (self._vr + 1) % SEQUENCES
            return _IN_SEQUENCE
        # The peer may be ahead by less than its window; anything else it has sent before.
        return Arrival.GAP if ahead < self._receive else Arrival.DUPLICATE
