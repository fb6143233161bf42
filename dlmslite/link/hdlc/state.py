"""Three tables: mode, turn and segment, for both roles (IEC 62056-46, 6.4.4; ISO/IEC 13239, NRM).

In normal response mode the client is the primary station and the server the secondary. Three small
machines describe a link, and each side keeps a copy of all three by watching the frames that pass,
its own as well as the other's:

* **Mode**: whether there is a link. Moved by the types of frames.
* **Turn**: who may speak. A frame with the poll bit hands the turn to the secondary, a frame with
  the final bit hands it back; the primary takes it when no answer comes in time. UI frames never
  hand it over: a push may pass at any time and is no answer.
* **Segment**: whether an APDU is under way, one for each direction.

Joint rules: whenever the mode leaves CONNECTED, segments are WHOLE and the window starts at zero;
a link comes up with the turn at the primary.

A frame that the mode's row does not list is not legal there and moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dlmslite.codes import TableKey
from dlmslite.link.hdlc.frames import DISC, DM, FRMR, RNR, RR, SNRM, UA, UI, Frame, I
from dlmslite.role import Role


class Mode(TableKey):
    """Whether there is a link."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    DISCONNECTING = "disconnecting"
    BROKEN = "broken"


class Turn(TableKey):
    """Who may speak."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


class TurnEvent(TableKey):
    """What moves the turn."""

    POLL = "a frame with P"
    FINAL = "a frame with F"
    DEADLINE = "deadline"


class Segment(TableKey):
    """Whether an APDU is under way in one direction."""

    WHOLE = "whole"
    PARTIAL = "partial"


class SegmentEvent(TableKey):
    """What moves a segment state: an I frame with the segment bit set, or without it."""

    MORE = "I, more"
    LAST = "I, last"


MODE: Mapping[Mode, Mapping[type[Frame], Mode]] = {
    Mode.DISCONNECTED: {
        SNRM: Mode.CONNECTING,
        DISC: Mode.DISCONNECTING,
        DM: Mode.DISCONNECTED,
        UI: Mode.DISCONNECTED,
    },
    Mode.CONNECTING: {
        SNRM: Mode.CONNECTING,
        UA: Mode.CONNECTED,
        DM: Mode.DISCONNECTED,
        DISC: Mode.DISCONNECTING,
        UI: Mode.CONNECTING,
    },
    Mode.CONNECTED: {
        I: Mode.CONNECTED,
        RR: Mode.CONNECTED,
        RNR: Mode.CONNECTED,
        UI: Mode.CONNECTED,
        SNRM: Mode.CONNECTING,
        DISC: Mode.DISCONNECTING,
        DM: Mode.DISCONNECTED,
        FRMR: Mode.BROKEN,
    },
    Mode.DISCONNECTING: {
        DISC: Mode.DISCONNECTING,
        UA: Mode.DISCONNECTED,
        DM: Mode.DISCONNECTED,
        SNRM: Mode.CONNECTING,
        UI: Mode.DISCONNECTING,
    },
    Mode.BROKEN: {
        SNRM: Mode.CONNECTING,
        DISC: Mode.DISCONNECTING,
        DM: Mode.DISCONNECTED,
        UI: Mode.BROKEN,
    },
}

TURN: Mapping[Turn, Mapping[TurnEvent, Turn]] = {
    Turn.PRIMARY: {TurnEvent.POLL: Turn.SECONDARY},
    Turn.SECONDARY: {TurnEvent.FINAL: Turn.PRIMARY, TurnEvent.DEADLINE: Turn.PRIMARY},
}

SEGMENT: Mapping[Segment, Mapping[SegmentEvent, Segment]] = {
    Segment.WHOLE: {SegmentEvent.MORE: Segment.PARTIAL, SegmentEvent.LAST: Segment.WHOLE},
    Segment.PARTIAL: {SegmentEvent.MORE: Segment.PARTIAL, SegmentEvent.LAST: Segment.WHOLE},
}

SENT_BY: Mapping[Role, frozenset[type[Frame]]] = {
    Role.CLIENT: frozenset({SNRM, DISC, I, RR, RNR, UI}),
    Role.SERVER: frozenset({UA, DM, FRMR, I, RR, RNR, UI}),
}
"""Which types are commands and which are responses; some are both."""

# By role and by bit rather than by comparison: these run for every frame, and an enumeration's
# member is slow to look up.
_OWN_TURN = {Role.CLIENT: Turn.PRIMARY, Role.SERVER: Turn.SECONDARY}
_HANDS_OVER = {Role.CLIENT: TurnEvent.POLL, Role.SERVER: TurnEvent.FINAL}
_SEGMENT_EVENTS = {True: SegmentEvent.MORE, False: SegmentEvent.LAST}
_PARTIAL = Segment.PARTIAL


class LinkState:
    """The three machines of one link; the same object serves either role.

    Attributes:
        mode: Whether there is a link.
        turn: Who may speak.
        is_up: Whether the mode is CONNECTED.
    """

    def __init__(self) -> None:
        self.mode = Mode.DISCONNECTED
        self.turn = Turn.PRIMARY
        self.is_up = False
        self._segments = dict.fromkeys(Role, Segment.WHOLE)

    def is_partial(self, sender: Role) -> bool:
        """Whether an APDU of this side is under way."""
        return self._segments[sender] is _PARTIAL

    @property
    def segments(self) -> Mapping[Role, Segment]:
        """Whether an APDU is under way, by who sends it."""
        return MappingProxyType(self._segments)

    def may_speak(self, role: Role) -> bool:
        """Whether a side has the turn."""
        return self.turn is _OWN_TURN[role]

    def passed(self, frame: Frame, sender: Role) -> bool:
        """A frame went over the wire: move mode and turn. False where it is not legal."""
        kind = type(frame)
        following = MODE[self.mode].get(kind)
        if following is None or kind not in SENT_BY[sender]:
            return False
        if following is not self.mode:
            self._enter(following)
        if frame.pf and kind is not UI:
            self._move(_HANDS_OVER[sender])
        return True

    def segment_passed(self, sender: Role, *, more: bool) -> None:
        """A segment in sequence passed."""
        self._segments[sender] = SEGMENT[self._segments[sender]][_SEGMENT_EVENTS[more]]

    def deadline_passed(self) -> None:
        """No answer came in time: the primary takes the turn."""
        self._move(TurnEvent.DEADLINE)

    def drop(self) -> None:
        """The link is given up without a word: it counts as disconnected."""
        self._enter(Mode.DISCONNECTED)
        self.turn = Turn.PRIMARY

    def _enter(self, mode: Mode) -> None:
        self.mode = mode
        self.is_up = mode is Mode.CONNECTED
        if self.is_up:
            self.turn = Turn.PRIMARY  # whether or not the UA carried its final bit
        else:
            self._segments = dict.fromkeys(Role, Segment.WHOLE)

    def _move(self, event: TurnEvent) -> None:
        self.turn = TURN[self.turn].get(event, self.turn)
