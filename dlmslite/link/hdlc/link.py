"""Joins framing, tables and numbered traffic into one link, for either role.

Octets and the time go in; events and octets to send come out. The client speaks when it has the
turn, hands it over with the poll bit and takes it back with the final bit, or when no answer came
in time. A lost answer is asked for by RR before anything is sent again (a meter must not execute an
ACTION twice); frames that are behind the window are acknowledged and not delivered again.
"""

from __future__ import annotations

from dlmslite.errors import DeadlineExceeded, FramingError, LinkError, StateError
from dlmslite.link.base import (
    ApduReceived,
    LinkClosed,
    LinkFailed,
)
from dlmslite.link.hdlc.breach import reject
from dlmslite.link.hdlc.frames import DISC, DM, FRMR, RNR, RR, SNRM, UA, UI, Frame, I, decode_sound
from dlmslite.link.hdlc.parameters import MAX_INFO_DEFAULT
from dlmslite.link.hdlc.pushes import everybody, push
from dlmslite.link.hdlc.resync import Found
from dlmslite.link.hdlc.settings import agree
from dlmslite.link.hdlc.state import Mode
from dlmslite.link.hdlc.station import Station
from dlmslite.role import Role

_EVIDENCE = 256  # octets that made no answer, kept for the error that says so


class HdlcLink(Station):
    """One HDLC link, seen from one side. ``link.base.Link`` describes the verbs.

    Args:
        role: The client is the primary station, the server the secondary.
        settings: Addresses, proposals, timeouts.
    """

    def open(self, now: float) -> None:
        """Send an SNRM (client), or listen for one (server)."""
        self._resync.reset()
        self._pushes.reset()
        self._is_listening = self._may_clear = True
        self._sets_up_again = False
        self._attempts = 0
        if self._is_client:
            self._say_snrm(now)

    def close(self, now: float) -> None:
        """Send a DISC and wait for UA, DM or silence (client); go down at once (server)."""
        self._is_listening = self._sets_up_again = False
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
        if not self._state.is_up:
            raise StateError("the HDLC link is not open")
        self._transfer.queue(apdu)
        self._attempts = 0
        if self._state.may_speak(self._role):
            self._take_turn(now)

    def notify(self, apdu: bytes, *, to_everybody: bool = False) -> None:
        """Send one whole APDU outside the sequence, at once and without an answer: a push.

        Args:
            apdu: What nobody answers.
            to_everybody: To all stations instead of the peer.
        """
        destination = everybody(self._peer) if to_everybody else self._peer
        size = self._agreed.max_info_transmit or MAX_INFO_DEFAULT
        frames = push(self._role, apdu, size, destination=destination, source=self._own)
        self._put(frames, anew=False)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        self._last_octet = now
        self._take(self._resync.feed(octets), now)

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
        self.frames.received += len(bodies)
        for entry in noise:
            self._discard(entry.octets, entry.reason)
        for body in bodies:
            try:
                frame = decode_sound(body)
            except FramingError as error:
                self._refuse(body, error.code)
                continue
            reason = self._why_not_ours(frame, body)
            if reason:
                self._discard(body, reason)
                continue
            self._last_frame = now
            if not isinstance(frame, UI):
                self._pace.answered(now)
            self._take_frame(frame, body, now)

    def _take_frame(self, frame: Frame, body: bytes, now: float) -> None:
        match frame:
            case I() | RR() | RNR():
                self._take_numbered(frame, body, now)
            case UI():
                event = self._pushes.take(frame)
                self._events += [event] if event else []
            case UA():
                self._take_ua(frame, body, now)
            case DM():
                self._take_dm(body, now)
            case FRMR():
                self._take_frmr(frame, body)
            case SNRM():
                self._take_snrm(frame, now)
            case DISC():
                self._take_disc(frame)

    def _take_numbered(self, frame: I | RR | RNR, body: bytes, now: float) -> None:
        if not (self._state.is_up and self._is_from_linked(frame)):
            self._discard(body, "not-open")
            if frame.pf:
                self._deny(frame)
            return
        if not self._is_client and len(body) > self._longest and isinstance(frame, I):
            self._refuse(body, "too-long")
            return
        try:
            taken = self._transfer.take(frame)
        except FramingError as error:
            self._fail(error)
            return
        if taken.reason:
            self._refuse(body, taken.reason)
        if taken.apdu is not None:
            self._attempts = 0
            self._events.append(
                ApduReceived(taken.apdu, frame.source.upper, frame.destination.upper)
            )
        if taken.hands_over:
            self._state.passed(frame, self._peer_role)
            self._take_turn(now)
        elif self._is_client and not self._state.may_speak(self._role):
            # The peer is speaking: its last frame is not late yet.
            self._wait(now + self.response_timeout, self._fall_silent)

    def _take_ua(self, frame: UA, body: bytes, now: float) -> None:
        mode = self._state.mode
        if not self._state.passed(frame, Role.SERVER):
            self._discard(body, "unexpected")
        elif mode is Mode.CONNECTING:
            self._proposes &= self._attempts <= self._settings.proposals
            self._come_up(frame.parameters, now)
        else:
            self._disconnected("disconnect", now)

    def _take_dm(self, body: bytes, now: float) -> None:
        mode = self._state.mode
        if mode is Mode.DISCONNECTED:
            self._discard(body, "unexpected")
        elif mode is Mode.DISCONNECTING:
            self._disconnected("disconnect", now)
        elif mode is Mode.CONNECTING and self._may_clear:
            # An association that was never ended may be what blocks (L08).
            self._may_clear, self._sets_up_again = False, True
            self._attempts = 0
            self._say_disc(now)
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
        self._name(frame.destination, frame.source)
        agreed = agree(self._own_proposal, frame.parameters)
        # Who proposes nothing gets the defaults, and is told nothing.
        information = agreed.encode() if frame.information else b""
        self._say(UA(self._peer, self._own, information=information))
        self._come_up(frame.parameters, now)

    def _take_disc(self, frame: DISC) -> None:
        was_broken = self._state.mode is Mode.BROKEN
        is_linked = was_broken or self._state.mode is Mode.CONNECTED
        if not (is_linked and self._is_from_linked(frame)):
            self._deny(frame)
            return
        self._state.passed(frame, Role.CLIENT)
        self._say(UA(frame.source, frame.destination))
        if was_broken:
            self._state.drop()  # its owner knows already
        else:
            self._end(LinkClosed(by_peer=True, reason="disconnect"))

    def _deny(self, frame: Frame) -> None:
        """Tell a client that it has no link; the link that there may be is another's."""
        if self._state.mode is Mode.BROKEN and self._is_from_linked(frame):
            self._outgoing.append(self._rejected)
        elif not self._is_client:
            self._outgoing.append(DM(frame.source, frame.destination).encode())

    def _refuse(self, body: bytes, why: str) -> None:
        """Discard a frame; where the standard wants it, tell the client, and break the link."""
        self._discard(body, why)
        if self._is_client or self._state.mode is not Mode.CONNECTED:
            return
        told = reject(body, why, self._transfer.window)
        if told and told[0].matches(self._own) and told[1].matches(self._peer):
            frame = FRMR(self._peer, self._own, information=told[2].encode())
            self._say(frame)
            self._rejected = frame.encode()
            self._deadline = None
            self._events.append(LinkFailed(LinkError("frame-reject", f"rejected: {told[2]}")))

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
            self._wait(now + self.response_timeout / 2, self._say_not_ready)
        elif self._transfer.awaits_answer or self._transfer.peer_is_busy or self._transfer.pauses:
            self._wait(now + self._settings.busy_interval, self._poll_busy)

    def _poll(self, now: float, *, again: bool = False) -> None:
        self._ask(now, self._transfer.poll(), again=again)

    def _say_not_ready(self, _now: float) -> None:
        self._say(self._transfer.not_ready())

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
        self._pace.missed()
        if mode is Mode.CONNECTED:
            question = self._transfer.ask_again()
            if self._transfer.stalled <= retries or self._pace.is_patient(now):
                self._ask(now, question, again=True)
                return
        elif mode is Mode.CONNECTING and self._attempts < self._settings.attempts(self._proposes):
            self._say_snrm(now)
            return
        elif mode is Mode.DISCONNECTING:
            if self._attempts <= min(retries, 1):
                self._say_disc(now)
            else:
                self._disconnected("no-answer", now)
            return
        seconds = self._pace.waited(now)
        what = "the SNRM" if mode is Mode.CONNECTING else "polls"
        self._fail(DeadlineExceeded(f"no answer to {what}", seconds=seconds, received=self._scrap))

    def _say_snrm(self, now: float) -> None:
        # Silence may mean that a frame was lost, or that this meter knows no parameters: ask with
        # them first, then without, and stay with what was answered.
        self._attempts += 1
        proposes = self._proposes and self._attempts <= self._settings.proposals
        information = self._own_proposal.encode() if proposes else b""
        snrm = SNRM(self._peer, self._own, information=information)
        self._ask(now, snrm, again=self._attempts > 1)
        # What was learnt of the old link may not hold for the new one.
        self._wait(now + self._pace.start, self._fall_silent)

    def _say_disc(self, now: float) -> None:
        self._attempts += 1
        self._ask(now, DISC(self._peer, self._own), again=self._attempts > 1)

    def _disconnected(self, reason: str, now: float) -> None:
        """Our DISC was answered, or will not be."""
        if not self._sets_up_again:
            self._end(LinkClosed(reason=reason))
            return
        self._sets_up_again = False
        self._attempts = 0
        self._state.drop()
        self._say_snrm(now)
