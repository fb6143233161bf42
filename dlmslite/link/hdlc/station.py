"""What one side of a link has and does whatever it says: tables, timers, voice and ears.

``link.py`` decides what is said and when; here is how it is said, for whom a frame is, and what is
noted for the owner.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence

from attrs import asdict

from dlmslite.errors import DlmsError
from dlmslite.link.base import (
    Discarded,
    FrameCount,
    LinkClosed,
    LinkEvent,
    LinkFailed,
    LinkOpened,
)
from dlmslite.link.hdlc.address import CALLING, Address
from dlmslite.link.hdlc.echo import Echo
from dlmslite.link.hdlc.frames import UI, Frame
from dlmslite.link.hdlc.pace import Pace
from dlmslite.link.hdlc.parameters import MAX_INFO_DEFAULT, Parameters
from dlmslite.link.hdlc.pushes import Pushes
from dlmslite.link.hdlc.resync import Resync
from dlmslite.link.hdlc.settings import HdlcSettings, agree
from dlmslite.link.hdlc.state import SENT_BY, LinkState
from dlmslite.link.hdlc.transfer import Transfer
from dlmslite.role import Role

_EVIDENCE = 256  # octets that made no answer, kept for the error that says so
_AROUND = 7  # octets of a frame with information, beside it and the addresses: no flags


class Station(abc.ABC):
    """One side of a link.

    Args:
        role: The client is the primary station, the server the secondary.
        settings: Addresses, proposals, timeouts.
    """

    def __init__(self, role: Role, settings: HdlcSettings) -> None:
        self._role = role
        self._peer_role = role.peer
        self._is_client = role is Role.CLIENT
        self._settings = settings
        most = settings.response_timeout * settings.retries if settings.adaptive else 0.0
        self._pace = Pace(settings.response_timeout, most)
        client, server = settings.client, settings.server
        self._name(*((client, server) if self._is_client else (server, client)))
        self._own_proposal = settings.proposal
        self._proposes = settings.propose_parameters
        self._state = LinkState()
        self._transfer = Transfer(role, self._state, settings.max_apdu)
        self._resync = Resync()
        self._pushes = Pushes(settings.max_apdu)
        self._events: list[LinkEvent] = []
        self._outgoing: list[bytes] = []
        self.frames = FrameCount()
        self._is_listening = False  # whether the owner wants this side up
        self._attempts = 0  # how often SNRM or DISC was said, or a busy peer polled
        self._deadline: float | None = None
        self._on_deadline: Callable[[float], None] = self._fall_silent
        self._last_octet = self._last_frame = 0.0
        self._echo = Echo()
        self._scrap = b""
        self._agreed = Parameters()
        self._longest = 0  # octets of a frame that carries what was agreed
        self._rejected = b""  # the FRMR that is repeated until the link is set up again
        self._may_clear = True  # whether a refused SNRM may still be followed by DISC and SNRM
        self._sets_up_again = False  # whether the DISC that was said is that one

    @property
    def response_timeout(self) -> float:
        """Seconds until a poll without an answer counts as lost, as it stands now."""
        return self._pace.seconds

    @response_timeout.setter
    def response_timeout(self, seconds: float) -> None:
        self._pace.restart(seconds)

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call."""
        if not self._outgoing:
            return b""
        self.frames.sent += len(self._outgoing)
        octets = b"".join(self._outgoing)
        self._outgoing.clear()
        return octets

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        deadlines = []
        if self._resync.is_waiting:
            # While a frame arrives, its answer is not late.
            deadlines.append(self._last_octet + self._settings.inter_octet_timeout)
        elif self._deadline is not None:
            deadlines.append(self._deadline)
        if self._settings.inactivity_timeout and self._state.is_up:
            deadlines.append(self._last_frame + self._settings.inactivity_timeout)
        return min(deadlines, default=None)

    def _name(self, own: Address, peer: Address) -> None:
        self._own, self._peer = own, peer
        self._are_namesakes = own == peer  # then a command and a response look alike

    def _why_not_ours(self, frame: Frame, body: bytes) -> str:
        """Why a sound frame is not for us; empty when it is."""
        may_be_theirs = type(frame) in SENT_BY[self._peer_role]
        if self._echo.is_ours(body, may_be_theirs=may_be_theirs and self._are_namesakes):
            return "echo"
        is_push = isinstance(frame, UI)
        to_all = False
        if not frame.destination.matches(self._own):
            to_all = frame.destination.is_all_station and (is_push or not self._is_client)
            if not to_all:
                return "wrong-address"
        # A meter that calls by itself has no address yet.
        calls = is_push and frame.source.upper == CALLING
        if self._is_client and not (calls or frame.source.matches(self._peer)):
            return "wrong-address"
        if not may_be_theirs:
            return "unexpected"
        if to_all and not is_push:
            return "broadcast"  # nobody answers it, so nobody can be linked by it
        return "" if self._is_listening or self._is_client else "not-open"

    def _is_from_linked(self, frame: Frame) -> bool:
        """Whether the client is the one of the present link: another must set up its own."""
        return self._is_client or frame.source.matches(self._peer)

    def _ask(self, now: float, *frames: Frame, again: bool = False) -> None:
        """Say something; a client wants an answer to all that it says."""
        self._say(*frames)
        if self._is_client:
            self._pace.asked(now, again=again)
            self._wait(now + self.response_timeout, self._fall_silent)

    def _say(self, *frames: Frame) -> None:
        self._scrap = b""
        self._put(frames)

    def _put(self, frames: Sequence[Frame], *, anew: bool = True) -> None:
        encoded = [frame.encode() for frame in frames]
        self._echo.said((octets[1:-1] for octets in encoded), anew=anew)
        self._outgoing += encoded
        for frame in frames:
            self._state.passed(frame, self._role)

    @abc.abstractmethod
    def _fall_silent(self, now: float) -> None:
        """Act when no answer came in time."""

    def _come_up(self, parameters: Parameters, now: float) -> None:
        agreed = self._agreed = agree(self._own_proposal, parameters)
        around = self._own.size + self._peer.size + _AROUND
        self._longest = (agreed.max_info_receive or MAX_INFO_DEFAULT) + around
        self._transfer.begin(agreed, self._own, self._peer)
        self._attempts = 0
        self._deadline = None
        self._last_frame = now
        names = asdict(agreed, filter=lambda attribute, _value: attribute.name != "unknown")
        self._events.append(LinkOpened(names))

    def _wait(self, until: float, action: Callable[[float], None]) -> None:
        self._deadline, self._on_deadline = until, action

    def _check_inactivity(self, now: float) -> None:
        timeout = self._settings.inactivity_timeout
        if not timeout:
            return
        if self._state.is_up and now >= self._last_frame + timeout:
            self._end(LinkClosed(reason="inactive"))

    def _end(self, event: LinkClosed | LinkFailed) -> None:
        self._state.drop()
        self._deadline = None
        self._events.append(event)

    def _fail(self, error: DlmsError) -> None:
        self._end(LinkFailed(error))

    def _discard(self, octets: bytes, reason: str) -> None:
        self._scrap = (self._scrap + octets)[-_EVIDENCE:]
        self._events.append(Discarded(octets, reason))
