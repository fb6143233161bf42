"""Joins framing, tables and numbered traffic into one link, for either role.

Octets and the time go in; events and octets to send come out. The client speaks when it has the
turn, hands it over with the poll bit and takes it back with the final bit, or when no answer came
in time. A lost answer is asked for by RR before anything is sent again (a meter must not execute an
ACTION twice); frames that are behind the window are acknowledged and not delivered again.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import asdict

from dlmslite.errors import DeadlineExceeded, DlmsError, FramingError, LinkError, StateError
from dlmslite.link.base import (
    ApduReceived,
    Discarded,
    LinkClosed,
    LinkEvent,
    LinkFailed,
    LinkOpened,
    NotificationReceived,
)
from dlmslite.link.hdlc import llc
from dlmslite.link.hdlc.frames import DISC, DM, FRMR, RNR, RR, SNRM, UA, UI, Frame, I, decode_sound
from dlmslite.link.hdlc.parameters import Parameters
from dlmslite.link.hdlc.resync import Found, Resync
from dlmslite.link.hdlc.segments import Joiner
from dlmslite.link.hdlc.settings import HdlcSettings, agree
from dlmslite.link.hdlc.state import SENT_BY, LinkState, Mode
from dlmslite.link.hdlc.transfer import Transfer
from dlmslite.role import Role

_EVIDENCE = 256  # octets that made no answer, kept for the error that says so


class HdlcLink:
    """One HDLC link, seen from one side. ``link.base.Link`` describes the verbs.

    Args:
        role: The client is the primary station, the server the secondary.
        settings: Addresses, proposals, timeouts.
    """

    def __init__(self, role: Role, settings: HdlcSettings) -> None:
        self._role = role
        self._is_client = role is Role.CLIENT
        self._settings = settings
        self.response_timeout = settings.response_timeout
        client, server = settings.client, settings.server
        self._own, self._peer = (client, server) if self._is_client else (server, client)
        self._own_proposal = settings.proposal
        self._proposes = settings.propose_parameters
        self._state = LinkState()
        self._transfer = Transfer(role, self._state, settings.max_apdu)
        self._resync = Resync()
        self._pushes = Joiner(settings.max_apdu)
        self._events: list[LinkEvent] = []
        self._outgoing: list[bytes] = []
        self._is_listening = False  # whether the owner wants this side up
        self._attempts = 0  # how often SNRM or DISC was said, or a busy peer polled
        self._deadline: float | None = None
        self._on_deadline: Callable[[float], None] = self._fall_silent
        self._last_octet = self._last_frame = 0.0
        self._said: list[bytes] = []  # the frames of our last turn: they may come back as echo
        self._hears_itself = False
        self._scrap = b""

    def open(self, now: float) -> None:
        """Send an SNRM (client), or listen for one (server)."""
        self._resync.reset()
        self._pushes.reset()
        self._is_listening = True
        self._attempts = 0
        if self._is_client:
            self._say_snrm(now)

    def close(self, now: float) -> None:
        """Send a DISC and wait for UA, DM or silence (client); go down at once (server)."""
        self._is_listening = False
        if self._state.mode is Mode.DISCONNECTED:
            self._events.append(LinkClosed(reason="not-open"))
        elif not self._is_client:
            self._end(LinkClosed(reason="disconnect"))
        elif self._state.mode is not Mode.DISCONNECTING:
            self._attempts = 0
            self._say_disc(now)

    def send(self, apdu: bytes, now: float) -> None:
        """Queue one whole APDU.

        Raises:
            StateError: The link is not open.
        """
        self._check_inactivity(now)
        if self._state.mode is not Mode.CONNECTED:
            raise StateError("the HDLC link is not open")
        self._transfer.queue(apdu)
        self._attempts = 0
        if self._state.may_speak(self._role):
            self._take_turn(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        self._last_octet = now
        self._take(self._resync.feed(octets), now)

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call."""
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
        if self._settings.inactivity_timeout and self._state.mode is Mode.CONNECTED:
            deadlines.append(self._last_frame + self._settings.inactivity_timeout)
        return min(deadlines, default=None)

    def deadline_passed(self, now: float) -> None:
        """Give up half a frame, poll, repeat, or fail."""
        if self._resync.is_waiting and now >= self._last_octet + self._settings.inter_octet_timeout:
            self._take(self._resync.flush(), now)
        self._check_inactivity(now)
        if self._resync.is_waiting or self._deadline is None or now < self._deadline:
            return
        self._deadline = None
        self._on_deadline(now)

    # ---------------------------------------------------------------- what arrives

    def _take(self, found: Found, now: float) -> None:
        bodies, noise = found
        for entry in noise:
            self._discard(entry.octets, entry.reason)
        for body in bodies:
            try:
                frame = decode_sound(body)
            except FramingError as error:
                self._discard(body, error.code)
                continue
            reason = self._why_not_ours(frame, body)
            if reason:
                self._discard(body, reason)
                continue
            self._last_frame = now
            self._take_frame(frame, body, now)

    def _take_frame(self, frame: Frame, body: bytes, now: float) -> None:
        match frame:
            case I() | RR() | RNR():
                self._take_numbered(frame, body, now)
            case UI():
                self._take_push(frame)
            case UA():
                self._take_ua(frame, body, now)
            case DM():
                self._take_dm(body)
            case FRMR():
                self._take_frmr(frame, body)
            case SNRM():
                self._take_snrm(frame, now)
            case DISC():
                self._take_disc(frame)

    def _why_not_ours(self, frame: Frame, body: bytes) -> str:
        """Why a sound frame is not for us; empty when it is."""
        may_be_theirs = type(frame) in SENT_BY[self._role.peer]
        if body in self._said and (
            self._hears_itself or not may_be_theirs or self._own != self._peer
        ):
            self._said.remove(body)
            self._hears_itself = True
            return "echo"
        everybody = not self._is_client and frame.destination.is_all_station
        if not (everybody or frame.destination.matches(self._own)):
            return "wrong-address"
        if self._is_client and not frame.source.matches(self._peer):
            return "wrong-address"
        if not may_be_theirs:
            return "unexpected"
        if everybody and not isinstance(frame, UI):
            return "broadcast"  # nobody answers it, so nobody can be linked by it
        return "" if self._is_listening or self._is_client else "not-open"

    def _take_numbered(self, frame: I | RR | RNR, body: bytes, now: float) -> None:
        if self._state.mode is not Mode.CONNECTED or not self._is_from_linked(frame):
            self._discard(body, "not-open")
            if frame.pf:
                self._deny(frame)
            return
        try:
            taken = self._transfer.take(frame)
        except FramingError as error:
            self._fail(error)
            return
        if taken.reason:
            self._discard(body, taken.reason)
        if taken.apdu is not None:
            self._attempts = 0
            self._events.append(
                ApduReceived(taken.apdu, frame.source.upper, frame.destination.upper)
            )
        if taken.hands_over:
            self._state.passed(frame, self._role.peer)
            self._take_turn(now)
        elif self._is_client and not self._state.may_speak(Role.CLIENT):
            # The peer is speaking: its last frame is not late yet.
            self._wait(now + self.response_timeout, self._fall_silent)

    def _take_push(self, frame: UI) -> None:
        if llc.split(frame.information)[0]:
            self._pushes.reset()  # a new push: the last segment of the one before it was lost
        try:
            whole = self._pushes.add(frame.information, more=frame.segmented)
        except FramingError as error:
            self._discard(error.octets, error.code)
            return
        if whole:
            self._events.append(
                NotificationReceived(
                    llc.split(whole)[1], frame.source.upper, frame.destination.upper
                )
            )

    def _take_ua(self, frame: UA, body: bytes, now: float) -> None:
        mode = self._state.mode
        if not self._state.passed(frame, Role.SERVER):
            self._discard(body, "unexpected")
        elif mode is Mode.CONNECTING:
            self._proposes &= self._attempts <= self._settings.proposals
            self._come_up(frame.parameters, now)
        else:
            self._end(LinkClosed(reason="disconnect"))

    def _take_dm(self, body: bytes) -> None:
        mode = self._state.mode
        if mode is Mode.DISCONNECTED:
            self._discard(body, "unexpected")
        elif mode is Mode.DISCONNECTING:
            self._end(LinkClosed(reason="disconnect"))
        elif mode is Mode.CONNECTING:
            self._fail(LinkError("refused", "the meter refused the link (DM to SNRM)"))
        else:
            self._fail(LinkError("disconnected", "the meter says there is no link (DM)"))

    def _take_frmr(self, frame: FRMR, body: bytes) -> None:
        if not self._state.passed(frame, Role.SERVER):
            self._discard(body, "unexpected")
            return
        self._deadline = None
        why = f"the meter rejected a frame: {frame.rejection or 'it does not say why'}"
        self._events.append(LinkFailed(LinkError("frame-reject", why)))

    def _take_snrm(self, frame: SNRM, now: float) -> None:
        if self._state.mode is Mode.CONNECTED:
            self._events.append(LinkClosed(by_peer=True, reason="set-up again"))
        self._state.passed(frame, Role.CLIENT)
        self._own, self._peer = frame.destination, frame.source
        agreed = agree(self._own_proposal, frame.parameters)
        # Who proposes nothing gets the defaults, and is told nothing.
        information = agreed.encode() if frame.information else b""
        self._say(UA(self._peer, self._own, information=information))
        self._come_up(frame.parameters, now)

    def _take_disc(self, frame: DISC) -> None:
        if self._state.mode is not Mode.CONNECTED or not self._is_from_linked(frame):
            self._deny(frame)
            return
        self._state.passed(frame, Role.CLIENT)
        self._say(UA(frame.source, frame.destination))
        self._end(LinkClosed(by_peer=True, reason="disconnect"))

    def _deny(self, frame: Frame) -> None:
        """Tell a client that it has no link; the link that there may be is another's."""
        if not self._is_client:
            self._outgoing.append(DM(frame.source, frame.destination).encode())

    def _is_from_linked(self, frame: Frame) -> bool:
        """Whether the client is the one of the present link: another must set up its own."""
        return self._is_client or frame.source.matches(self._peer)

    # ---------------------------------------------------------------- what is said

    def _take_turn(self, now: float) -> None:
        """The turn is ours: say what there is to say."""
        self._deadline = None
        frames = self._transfer.speak()
        if self._is_client and self._transfer.stalled > self._settings.retries:
            self._fail(LinkError("sequence", "the meter answers, and gets no further"))
        elif frames:
            self._ask(now, *frames)
        elif self._transfer.owes_answer:
            # Half of what the client waits: time for the owner, and still an answer for the client.
            self._wait(now + self.response_timeout / 2, self._poll)
        elif self._transfer.awaits_answer or self._transfer.peer_is_busy or self._transfer.pauses:
            self._wait(now + self._settings.busy_interval, self._poll_busy)

    def _poll(self, now: float) -> None:
        self._ask(now, self._transfer.poll())

    def _poll_busy(self, now: float) -> None:
        """Ask a peer that had no answer yet; bounded, for it may never have one."""
        self._attempts += 1
        if self._attempts <= self._settings.busy_polls:
            self._poll(now)
        elif self._transfer.peer_is_busy:
            self._fail(LinkError("busy", "the meter stays not ready to receive (RNR)"))
        # Else it is alive and says nothing: whether an answer was due, the owner knows.

    def _fall_silent(self, now: float) -> None:
        """No answer came in time."""
        mode, retries = self._state.mode, self._settings.retries
        self._state.deadline_passed()
        if mode is Mode.CONNECTED:
            question = self._transfer.ask_again()
            if self._transfer.stalled <= retries:
                self._ask(now, question)
                return
        elif mode is Mode.CONNECTING and self._attempts < self._settings.attempts(self._proposes):
            self._say_snrm(now)
            return
        elif mode is Mode.DISCONNECTING:
            if self._attempts <= min(retries, 1):
                self._say_disc(now)
            else:
                self._end(LinkClosed(reason="no-answer"))
            return
        seconds = self.response_timeout * (retries + 1)
        what = "the SNRM" if mode is Mode.CONNECTING else "polls"
        self._fail(DeadlineExceeded(f"no answer to {what}", seconds=seconds, received=self._scrap))

    def _say_snrm(self, now: float) -> None:
        # Silence may mean that a frame was lost, or that this meter knows no parameters: ask with
        # them first, then without, and stay with what was answered.
        self._attempts += 1
        proposes = self._proposes and self._attempts <= self._settings.proposals
        information = self._own_proposal.encode() if proposes else b""
        self._ask(now, SNRM(self._peer, self._own, information=information))

    def _say_disc(self, now: float) -> None:
        self._attempts += 1
        self._ask(now, DISC(self._peer, self._own))

    def _ask(self, now: float, *frames: Frame) -> None:
        """Say something; a client wants an answer to all that it says."""
        self._say(*frames)
        if self._is_client:
            self._wait(now + self.response_timeout, self._fall_silent)

    def _say(self, *frames: Frame) -> None:
        self._said.clear()
        self._scrap = b""
        for frame in frames:
            octets = frame.encode()
            self._said.append(octets[1:-1])
            self._outgoing.append(octets)
            self._state.passed(frame, self._role)

    def _come_up(self, parameters: Parameters, now: float) -> None:
        agreed = agree(self._own_proposal, parameters)
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
        idle = self._state.mode is Mode.CONNECTED and now >= self._last_frame + timeout
        if timeout and idle:
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
