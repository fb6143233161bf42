"""The sign-on as a link that wraps another: when it is done, the other has the line.

::

    client                                  server
    NULs, where the meter sleeps       →
    request                            →    300 baud, 7E1
                                       ←    identification
    acknowledgement 2 Z 2              →
    both change to the speed Z, 8N1
                                       ←    acknowledgement, by some meters, at either speed
    the link behind: SNRM …            →

``_NEXT`` below is the whole machine: what each phase waits for, and what is done when its time is
over. Either side forgets a sign-on that stopped for five seconds; so a client that heard nothing
keeps quiet as long before it asks again (S04). IEC 62056-21, 6.4.3, 6.5 and annexes B and E.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dlmslite.errors import (
    DeadlineExceeded,
    DlmsError,
    FramingError,
    LinkError,
    StateError,
)
from dlmslite.link.base import Discarded, Link, LinkClosed, LinkEvent, LinkFailed, SpeedWanted
from dlmslite.link.mode_e.lines import LINE_MAX, Lines
from dlmslite.link.mode_e.messages import (
    Acknowledgement,
    Identification,
    Message,
    Request,
    decode,
)
from dlmslite.link.mode_e.settings import BITS_PER_OCTET, ModeESettings
from dlmslite.role import Role

HDLC_FORMAT = "8N1"
REACTION_MIN = 0.2  # s between a message and its answer: the other side turns around
REACTION_MIN_FAST = 0.02  # s, where the manufacturer's third letter is lower case
REACTION_MAX = 1.5  # s until an answer begins; also the longest gap between two characters
MARGIN = 0.5  # s on top of it: clocks of meters, buffers of adapters
WAKE_UP_SECONDS = 2.2  # s of NULs, 2.1 to 2.3 (annex B)
WAKE_UP_PAUSE = 1.6  # s between them and the request, 1.5 to 1.7
IDLE_RESET = 5.0  # s of silence after which a sign-on is forgotten
_HEARD_MAX = 256  # octets that made no answer, kept for the error that says so
_SIGN_ON_SECONDS = 6.0  # s: request, reaction and the longest usual identification at 300 baud


class Phase(enum.Enum):
    """Where a sign-on stands."""

    IDLE = "idle"
    RESTING = "resting"  # client: quiet until the meter has forgotten the last attempt
    WAKING = "waking"  # client: NULs, and the pause behind them
    ASKING = "asking"  # client: the request is said
    LISTENING = "listening"  # server: waits for a request, however long
    REPLYING = "replying"  # both: the other's message is heard, ours is due
    OFFERING = "offering"  # server: the identification is said
    SWITCHING = "switching"  # both: the acknowledgement passes, the change of speed is due
    SETTLING = "settling"  # client: the new speed; the meter may confirm, then the line is free
    ASIDE = "aside"  # both: the link behind has the line
    LEAVING = "leaving"  # server: the link behind has ended; its last octets go first


class ModeELink:
    """A link that signs on first. ``link.base.Link`` describes the verbs.

    Args:
        role: The client is the reader, the server the meter.
        settings: Speeds and times.
        behind: The link that gets the line, in the same role and not open.
    """

    def __init__(self, role: Role, settings: ModeESettings, behind: Link) -> None:
        self._is_client = role is Role.CLIENT
        self._settings = settings
        self._behind = behind
        self.frames = behind.frames  # a sign-on has none
        self._phase = Phase.IDLE
        self._deadline: float | None = None
        self._latest = 0.0  # a phase whose deadline moves with each octet ends then all the same
        self._attempts = 0
        self._lines = Lines()
        self._meter = settings.identification
        self._heard = b""
        self._events: list[LinkEvent] = []
        self._outgoing = b""

    @property
    def response_timeout(self) -> float:
        """That of the link behind; a sign-on has times of its own."""
        return self._behind.response_timeout

    @response_timeout.setter
    def response_timeout(self, seconds: float) -> None:
        self._behind.response_timeout = seconds

    @property
    def phase(self) -> Phase:
        """Where the sign-on stands."""
        return self._phase

    def open(self, now: float) -> None:
        """Begin to sign on (client), or listen for one (server).

        Where the link behind failed and is set up again, both sides are at their speed still: it
        is opened at once.
        """
        self._heard = self._outgoing = b""
        self._attempts = 0
        if self._is_client and self._phase is Phase.ASIDE:
            self._step_aside(now)
        elif self._is_client:
            self._begin(now)
        else:
            self._listen(now)

    def close(self, now: float) -> None:
        """End the link behind, or what there is of a sign-on."""
        if self._phase is Phase.ASIDE:
            self._behind.close(now)
            self._follow(now)
        else:
            self._enter(Phase.IDLE, None)
            self._events.append(LinkClosed(reason="not-open"))

    def send(self, apdu: bytes, now: float) -> None:
        """Queue one whole APDU.

        Raises:
            StateError: The link is not open.
        """
        if self._phase is not Phase.ASIDE:
            raise StateError("the sign-on is not done")
        self._behind.send(apdu, now)
        self._follow(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        if self._phase is Phase.ASIDE:
            self._behind.receive(octets, now)
            self._follow(now)
            return
        self._heard = (self._heard + octets)[-_HEARD_MAX:]
        if self._phase not in _HEARS:
            # An echo, or the meter confirms: neither changes anything.
            self._discard(octets, "sign-on")
            if self._phase is Phase.SETTLING:
                self._deadline = min(now + self._reaction, self._latest)
            return
        if self._phase is Phase.ASKING:
            self._deadline = min(now + REACTION_MAX, self._latest)
        lines, noise = self._lines.feed(octets)
        for lost in noise:
            self._discard(lost, "noise" if lost.strip(b"\0") else "wake-up")
        for line in lines:
            self._take_line(line, now)

    def events(self) -> list[LinkEvent]:
        """What happened since the last call."""
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call."""
        octets, self._outgoing = self._outgoing, b""
        return octets + self._behind.data_to_send()

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        behind = self._behind.next_deadline() if self._phase is Phase.ASIDE else None
        return min((due for due in (self._deadline, behind) if due is not None), default=None)

    def deadline_passed(self, now: float) -> None:
        """Take the next step of the sign-on, or let the link behind act."""
        if self._phase is Phase.ASIDE:
            self._behind.deadline_passed(now)
            self._follow(now)
        if self._deadline is not None and now >= self._deadline:
            _NEXT[self._phase](self, now)

    # ---------------------------------------------------------------- what arrives

    def _take_line(self, line: bytes, now: float) -> None:
        try:
            message = decode(line)
        except FramingError as error:
            self._discard(line, error.code)
            return
        reason = self._answer(message, now)
        if reason:
            self._discard(line, reason)

    def _answer(self, message: Message, now: float) -> str:
        """Act on a message, or say why not."""
        match self._phase, message:
            case Phase.ASKING, Identification():
                self._choose(message, now)
            case Phase.ASKING, Request():
                return "echo"
            case ((Phase.LISTENING | Phase.OFFERING), Request()):
                if not message.reaches(self._settings.address):
                    return "wrong-address"
                self._enter(Phase.REPLYING, now + self._reaction)
            case Phase.OFFERING, Acknowledgement():
                # S02: another speed than the one that was offered is not spoken here.
                if not message.is_hdlc or message.baud != self._meter.baud:
                    self._enter(Phase.LISTENING, None)
                    return "unexpected"
                self._enter(Phase.SWITCHING, now + self._settings.wait)
            case _:
                return "unexpected"
        return ""

    def _choose(self, meter: Identification, now: float) -> None:
        self._meter = meter
        if meter.mode_e:
            self._enter(Phase.REPLYING, now + self._reaction)
            return
        self._fail(
            LinkError(
                "no-mode-e",
                f"the meter {meter.manufacturer} {meter.identification!r} offers no HDLC here",
                hint="it speaks mode C only, which is no DLMS",
            )
        )

    # ---------------------------------------------------------------- the steps

    def _begin(self, now: float) -> None:
        """Ask, from the opening speed on; wake the meter first where it sleeps."""
        settings = self._settings
        self._attempts += 1
        self._lines.reset()
        nuls = 0
        if settings.wake_up:
            nuls = round(WAKE_UP_SECONDS * settings.opening_baud / BITS_PER_OCTET)
        allowance = _SIGN_ON_SECONDS + settings.seconds(nuls) + WAKE_UP_PAUSE * bool(nuls)
        if self._attempts < settings.attempts:
            allowance += IDLE_RESET
        self._want(settings.opening_baud, settings.opening_format, allowance)
        if nuls:
            self._outgoing += bytes(nuls)
            self._enter(Phase.WAKING, now + settings.seconds(nuls) + WAKE_UP_PAUSE)
        else:
            self._ask(now)

    def _ask(self, now: float) -> None:
        sent = now + self._say(Request(self._settings.address))
        self._latest = sent + REACTION_MAX + MARGIN + self._settings.seconds(LINE_MAX)
        self._enter(Phase.ASKING, sent + REACTION_MAX + MARGIN)

    def _give_up(self, now: float) -> None:
        """No identification: once more when the meter has forgotten the attempt (S04)."""
        if self._attempts < self._settings.attempts:
            self._enter(Phase.RESTING, now + IDLE_RESET)
            return
        heard = f"{len(self._heard)} octets came that identify no meter" if self._heard else ""
        self._fail(
            DeadlineExceeded(
                "no answer to the sign-on of mode E",
                hint=heard or "nothing came at all: is the head in its place, the meter awake?",
                received=self._heard,
            )
        )

    def _listen(self, now: float) -> None:
        self._want(self._settings.opening_baud, self._settings.opening_format)
        self._forget(now)

    def _forget(self, now: float) -> None:  # noqa: ARG002 - every step is told the time
        """No acknowledgement came: the sign-on is as if it had never begun (S04)."""
        self._lines.reset()
        self._enter(Phase.LISTENING, None)

    def _reply(self, now: float) -> None:
        if self._is_client:
            passed = now + self._say(Acknowledgement(baud_char=self._meter.baud_char))
            self._enter(Phase.SWITCHING, passed + self._settings.wait)
        else:
            passed = now + self._say(self._meter)
            self._enter(Phase.OFFERING, passed + IDLE_RESET)

    def _switch(self, now: float) -> None:
        self._want(self._meter.baud, HDLC_FORMAT, allowance=REACTION_MAX)
        if self._is_client:
            self._latest = now + REACTION_MAX
            self._enter(Phase.SETTLING, now + self._reaction)
        else:
            self._step_aside(now)

    def _step_aside(self, now: float) -> None:
        # A server whose client never says anything more forgets it.
        self._enter(Phase.ASIDE, None if self._is_client else now + IDLE_RESET)
        self._behind.open(now)
        self._follow(now)

    def _follow(self, now: float) -> None:
        """Pass on what the link behind says; a server signs on anew when it has ended."""
        events = self._behind.events()
        self._events += events
        if self._is_client:
            if any(isinstance(event, LinkClosed) for event in events):
                self._enter(Phase.IDLE, None)  # the meter goes back to where a sign-on begins
            return
        for event in events:
            if isinstance(event, LinkClosed | LinkFailed):
                self._enter(Phase.LEAVING, now)
            elif not isinstance(event, Discarded):
                self._enter(Phase.ASIDE, None)

    def _fail(self, error: DlmsError) -> None:
        self._enter(Phase.IDLE, None)
        self._events.append(LinkFailed(error))

    # ---------------------------------------------------------------- small parts

    @property
    def _reaction(self) -> float:
        return REACTION_MIN_FAST if self._meter.is_fast else REACTION_MIN

    def _enter(self, phase: Phase, deadline: float | None) -> None:
        self._phase, self._deadline = phase, deadline

    def _want(self, baud: int, form: str, allowance: float = 0.0) -> None:
        self._events.append(SpeedWanted(baud, form, allowance))

    def _say(self, message: Message) -> float:
        """Send a message; return the seconds that it is on the line."""
        octets = message.encode()
        self._outgoing += octets
        return self._settings.seconds(len(octets))

    def _discard(self, octets: bytes, reason: str) -> None:
        self._events.append(Discarded(octets, reason))


_HEARS = frozenset({Phase.ASKING, Phase.LISTENING, Phase.OFFERING})
"""The phases in which a message means something."""

_NEXT: Mapping[Phase, Callable[[ModeELink, float], None]] = MappingProxyType(
    {
        Phase.RESTING: ModeELink._begin,  # noqa: SLF001 - the class's own table
        Phase.WAKING: ModeELink._ask,  # noqa: SLF001 - as above
        Phase.ASKING: ModeELink._give_up,  # noqa: SLF001 - as above
        Phase.REPLYING: ModeELink._reply,  # noqa: SLF001 - as above
        Phase.OFFERING: ModeELink._forget,  # noqa: SLF001 - as above
        Phase.SWITCHING: ModeELink._switch,  # noqa: SLF001 - as above
        Phase.SETTLING: ModeELink._step_aside,  # noqa: SLF001 - as above
        Phase.ASIDE: ModeELink._listen,  # noqa: SLF001 - as above
        Phase.LEAVING: ModeELink._listen,  # noqa: SLF001 - as above
    }
)
