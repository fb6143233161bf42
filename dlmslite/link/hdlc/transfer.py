"""Carries APDUs over an open link: what the window and the segments make of each turn.

Enters: APDUs to send, and the I, RR and RNR frames of the peer. Leaves: APDUs that are whole, and
the frames to say when the turn is ours. Only the last frame of a turn carries the poll or final bit
(IEC 62056-46, 6.4.4.3).
"""

from __future__ import annotations

from collections import deque

from dlmslite.errors import FramingError
from dlmslite.link.hdlc import llc
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RNR, RR, I
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.segments import Joiner, Segment, cut
from dlmslite.link.hdlc.state import LinkState
from dlmslite.link.hdlc.window import Arrival, Window
from dlmslite.records import frozen
from dlmslite.role import Role

_IN_SEQUENCE = Arrival.IN_SEQUENCE  # an enumeration's member is slow to look up
_ARRIVAL_REASONS = {Arrival.DUPLICATE: "duplicate", Arrival.GAP: "out-of-sequence"}


@frozen
class Taken:
    """What a frame of the peer brought.

    Attributes:
        reason: Why it was discarded; empty when it was not.
        apdu: The APDU that it completed, if any.
        hands_over: Whether it gives us the turn.
    """

    reason: str = ""
    apdu: bytes | None = None
    hands_over: bool = False


class Transfer:
    """One side's numbered traffic.

    Args:
        role: Which side we are.
        state: The tables of the link; segments move them here.
        max_apdu: Longest APDU that is joined from segments, in octets.

    Attributes:
        awaits_answer: Client: an APDU was sent and none has come back.
        owes_answer: Server: an APDU was handed out and none has been given back.
        peer_is_busy: The peer's last word was RNR.
        stalled: How many turns in a row brought nothing new.
        pauses: Client: the peer gave the turn back in the middle of what it began.
    """

    def __init__(self, role: Role, state: LinkState, max_apdu: int) -> None:
        self._role = role
        self._is_client = role is Role.CLIENT
        self._peer_role = role.peer
        self._state = state
        self._joiner = Joiner(max_apdu)
        self._queue: deque[Segment] = deque()
        self._size = 1
        self.begin(Parameters(), Address(1), Address(1))

    def begin(self, agreed: Parameters, own: Address, peer: Address) -> None:
        """Start at zero, as every new link does."""
        self._own, self._peer = own, peer
        self._size = agreed.max_info_transmit or 1
        self._window = Window(agreed.window_transmit or 1, agreed.window_receive or 1)
        self._joiner.reset()
        self._queue.clear()
        self.awaits_answer = self.owes_answer = self.peer_is_busy = self.pauses = False
        self.stalled = 0
        self._has_gap = False
        # Answers to polls that went unanswered in time may still come, one for each.
        self._late = 0
        self._said_again = False

    @property
    def window(self) -> Window:
        """The counters of this side."""
        return self._window

    @property
    def is_incomplete(self) -> bool:
        """Whether the peer has more to send of what it began."""
        return self._has_gap or self._state.is_partial(self._peer_role)

    def queue(self, apdu: bytes) -> None:
        """Take an APDU to send, behind those that wait."""
        self._queue.extend(cut(llc.join(self._role, apdu), self._size))
        self.owes_answer, self.awaits_answer = False, self._is_client

    def take(self, frame: I | RR | RNR) -> Taken:
        """Take a numbered frame of the peer.

        Raises:
            FramingError: ``apdu-too-long``.
        """
        before = self._window.unacknowledged_count
        if not self._window.acknowledge(frame.nr):
            never = self._window.was_never_sent(frame.nr)
            return Taken("never-sent" if never else "bad-sequence")
        left = self._window.unacknowledged_count
        hands_over = frame.pf
        if self._is_client and left and frame.pf and self._late and not self._said_again:
            # The answer to an earlier poll, come late: it knows nothing of what is under way.
            self._late -= 1
            hands_over = False
        self.peer_is_busy = isinstance(frame, RNR)
        if not isinstance(frame, I):
            # A peer that has nothing to add to half an APDU may never have.
            self.pauses = not left and self.is_incomplete and self._is_client
            progress = left < before or not (left or self.pauses)
            self._count(progress=progress, hands_over=hands_over)
            return Taken(hands_over=hands_over)
        self.pauses = False
        arrival = self._window.arrived(frame.ns)
        if arrival is not _IN_SEQUENCE:
            self._has_gap |= arrival is Arrival.GAP
            self._count(progress=left < before, hands_over=hands_over)
            return Taken(_ARRIVAL_REASONS[arrival], hands_over=hands_over)
        self._count(progress=True, hands_over=hands_over)
        self._has_gap = False
        return Taken(apdu=self._join(frame), hands_over=hands_over)

    def speak(self) -> list[I | RR]:
        """What to say with the turn; nothing where the owner or the peer needs time."""
        self._said_again = False
        if self.peer_is_busy:
            return [] if self._is_client else [self._ready()]
        if self._window.unacknowledged_count:
            return self._numbered(self._window.unacknowledged)
        if self._is_client and self.is_incomplete:
            return [] if self.pauses else [self._ready()]
        if self._queue:
            return self._numbered(self._next_segments())
        if self._is_client or self.owes_answer:
            return []
        return [self._ready()]

    def ask_again(self) -> RR:
        """No answer came in time: ask for it before anything is sent again."""
        self.stalled += 1
        self._late += 1
        return self.poll()

    def poll(self) -> RR:
        """Acknowledge what came and hand the turn over."""
        self._said_again = True
        return self._ready()

    def not_ready(self) -> RNR:
        """Acknowledge what came and ask for no more: the owner needs time."""
        return RNR(self._peer, self._own, self._window.vr)

    def _count(self, *, progress: bool, hands_over: bool) -> None:
        if progress:
            self.stalled = 0
        elif hands_over:
            self.stalled += 1

    def _ready(self) -> RR:
        self._has_gap = False
        return RR(self._peer, self._own, self._window.vr)

    def _next_segments(self) -> list[tuple[int, Segment]]:
        numbered = []
        while self._queue and self._window.is_open:
            segment = self._queue.popleft()
            numbered.append((self._window.number(segment), segment))
            self._state.segment_passed(self._role, more=segment.more)
        return numbered

    def _numbered(self, segments: list[tuple[int, Segment]]) -> list[I | RR]:
        last = len(segments) - 1
        return [
            I(
                self._peer,
                self._own,
                ns,
                self._window.vr,
                index == last,
                segment.more,
                segment.information,
            )
            for index, (ns, segment) in enumerate(segments)
        ]

    def _join(self, frame: I) -> bytes | None:
        self._state.segment_passed(self._peer_role, more=frame.segmented)
        try:
            whole = self._joiner.add(frame.information, more=frame.segmented)
        except FramingError:
            self._state.segment_passed(self._peer_role, more=False)
            raise
        if not whole:
            return None
        self.awaits_answer, self.owes_answer = False, not self._is_client
        return llc.split(whole)[1]
