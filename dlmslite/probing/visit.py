"""One visit of a probe: one connection, from its banner to as much of a survey as it carries.

Opens a wire, listens, sets the link up once, asks for an association once, and reads. Everything
that passes is kept as evidence, except where the request holds a password.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

from attrs import evolve, field

from dlmslite.clock import Clock
from dlmslite.codes import Mechanism
from dlmslite.endpoint import Endpoint, Options, make_session, make_transport, response_timeout
from dlmslite.errors import (
    AssociationRejected,
    ConnectionClosed,
    DeadlineExceeded,
    DlmsError,
    LinkError,
    TransportError,
)
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import SNRM
from dlmslite.probing.evidence import (
    RecordedWire,
    answering_server,
    as_text,
    hint_of,
    longest_frame,
    meaning_of,
    why_unreachable,
)
from dlmslite.procedures.associate import Associated, associate
from dlmslite.procedures.probe_report import Attempt, End, Exchange, Goal, Outcome, Survey
from dlmslite.procedures.read import Notebook
from dlmslite.procedures.release import release
from dlmslite.procedures.survey import Asking, Found, Missing, judge_clock, survey, take_blocks
from dlmslite.pump import Pump
from dlmslite.quirks import Quirks
from dlmslite.records import frozen
from dlmslite.trace import Tap
from dlmslite.transport.base import Transport

RELEASE_SECONDS = 3.0  # a meter that answers a release does so at once
NEVER = 1000.0  # times as long as an exchange: a link that asks once and does not repeat

WallClock = Callable[[], dt.datetime]
Progress = Callable[[str], None]
OnWire = Callable[[Callable[[], None]], None]
MakeTransport = Callable[[Endpoint, float], Transport]


@frozen(kw_only=True)
class Manner:
    """How visits are made.

    Attributes:
        endpoint: Where.
        timeout: Seconds for one exchange.
        listening: Seconds to wait for a banner.
        password: The secret for the attempts that prove themselves; None where there is none.
        zone: Of the meter's clock.
        clock: The time to live by.
        now: The time of day, aware.
        progress: Told what is going on.
        on_wire: Given what breaks each connection off.
        trace: Takes every piece of octets that moves.
        transport: Makes the wire.
    """

    endpoint: Endpoint
    timeout: float
    listening: float
    clock: Clock
    now: WallClock
    password: bytes | None = field(default=None, repr=False)
    zone: dt.tzinfo | None = None
    progress: Progress = field(default=lambda _text: None)
    on_wire: OnWire = field(default=lambda _interrupt: None)
    trace: Tap | None = None
    transport: MakeTransport = make_transport


class _Over(Exception):
    """The visit ended before it came to its goal."""

    def __init__(self, end: End, why: str, **more: Any) -> None:
        super().__init__(why)
        self.end, self.why, self.more = end, why, more


def _says(text: str) -> _Over:
    """A converter, or whoever it is, spoke in words."""
    return _Over(End.BANNER, f"it says {text!r}", banner=text, cause=meaning_of(text))


def visit(attempt: Attempt, manner: Manner) -> Outcome:
    """Make one connection and come back with what there was; no failure leaves as an exception."""
    return _Visit(attempt, manner).run()


class _Visit:
    """One attempt in progress."""

    def __init__(self, attempt: Attempt, manner: Manner) -> None:
        self._attempt, self._manner = attempt, manner
        self._clock = manner.clock
        transport = manner.transport(manner.endpoint, manner.timeout)
        self._wire = RecordedWire(transport, self._clock)
        self._exchanges: list[Exchange] = []
        self._began = self._clock.monotonic()
        self._outcome = Outcome(attempt=attempt, end=End.SILENT)
        self._sent = self._received = 0  # the longest frames

    def run(self) -> Outcome:
        try:
            self._connect()
            with contextlib.closing(self._wire):
                self._listen()
                if self._attempt.form.is_call:
                    self._call()
                else:
                    self._talk()
        except _Over as over:
            self._outcome = evolve(self._outcome, end=over.end, why=over.why, **over.more)
        return evolve(
            self._outcome,
            exchanges=tuple(self._exchanges),
            longest_sent=self._sent,
            longest_received=self._received,
        )

    def _connect(self) -> None:
        self._begin("connect")
        self._manner.on_wire(self._wire.interrupt)
        try:
            self._wire.open()
        except DlmsError as error:
            self._note("connect", str(error))
            raise _Over(End.UNREACHABLE, str(error), cause=why_unreachable(error)) from None
        self._note("connect", "connected")

    def _listen(self) -> None:
        """What a converter says by itself, before anything is asked."""
        self._begin("listen")
        try:
            heard = self._wire.listen(self._manner.listening)
        except TransportError as error:
            raise self._closed("listen", error) from None
        text = as_text(heard)
        if text:
            self._note("listen", f"it says {text!r}")
            raise _says(text)
        self._note("listen", "octets nobody asked for" if heard else "nothing, as it should be")

    def _call(self) -> None:
        """Say an SNRM that is for nobody alone, and hear who answers: no link comes of it."""
        called = self._attempt.form.address
        self._begin("link")
        try:
            self._wire.send(SNRM(called, Address(self._attempt.client)).encode())
            self._wire.listen(self._manner.timeout)
        except TransportError as error:
            raise self._closed("link", error) from None
        raise self._unanswered("link", "the call")

    def _talk(self) -> None:
        manner, attempt = self._manner, self._attempt
        patience = attempt.patience or manner.timeout
        quirks = Quirks(
            no_snrm_parameters=not attempt.proposes,
            address_octets=attempt.form.octets,
            small_buffer=attempt.small_buffer,
        )
        options = Options(
            client=attempt.client,
            server=attempt.form.server,
            quirks=quirks,
            max_info=2030,
            window=7,
            # The link asks once: each attempt is to show what one SNRM brings.
            timeout=patience * NEVER,
        )
        pump = Pump(
            self._wire,
            make_session(manner.endpoint, options),
            timeout=patience,
            clock=self._clock,
            trace=manner.trace,
        )
        self._link(pump)
        if manner.endpoint.framing == "hdlc":
            self._be_quick(pump)  # somebody has answered; on the wrapper nobody has, yet
        try:
            if attempt.goal is not Goal.LINK:
                self._go_on(pump, quirks)
        finally:
            pump.timeout = min(manner.timeout, RELEASE_SECONDS)
            self._wire.take()
            pump.close()

    def _be_quick(self, pump: Pump) -> None:
        """From the first answer on, the usual times hold."""
        pump.timeout = self._manner.timeout
        pump.session.response_timeout = response_timeout(self._manner.timeout)

    def _link(self, pump: Pump) -> None:
        self._begin("link")
        try:
            opened = pump.open()
        except LinkError as error:
            self._note("link", str(error))
            raise _Over(End.HELD if error.code == "refused" else End.NOISE, str(error)) from None
        except DeadlineExceeded:
            raise self._unanswered("link", "the link set-up") from None
        except TransportError as error:
            raise self._closed("link", error) from None
        except DlmsError as error:
            self._note("link", str(error))
            raise _Over(End.NOISE, str(error)) from None
        seconds = self._note("link", "the link is up")
        self._outcome = evolve(
            self._outcome,
            end=End.LINKED,
            link=dict(opened.parameters),
            late=seconds > self._manner.timeout,
        )

    def _go_on(self, pump: Pump, quirks: Quirks) -> None:
        agreed = self._associate(pump)
        notebook = Notebook(agreed.conformance, agreed.max_pdu, quirks)
        self._outcome = evolve(
            self._outcome,
            end=End.ASSOCIATED,
            conformance=agreed.conformance,
            max_pdu=agreed.max_pdu,
        )
        match self._attempt.goal:
            case Goal.ASSOCIATION:
                released = self._release(pump)
                self._outcome = evolve(self._outcome, survey=Survey(released=released))
            case Goal.BLOCKS:
                self._blocks(pump, notebook)
            case _:
                self._survey(pump, notebook)

    # ---------------------------------------------------------------- the association

    def _associate(self, pump: Pump) -> Associated:
        attempt = self._attempt
        password = self._manner.password if attempt.proves else None
        self._begin("association")
        try:
            agreed = pump.run(
                associate(password=password, max_pdu=attempt.max_pdu, bare_tag=attempt.bare_tag)
            )
        except AssociationRejected as error:
            self._note("association", str(error), secret=password)
            mechanism = error.mechanism.label if isinstance(error.mechanism, Mechanism) else ""
            diagnostic = error.diagnostic if isinstance(error.diagnostic, int) else None
            raise _Over(
                End.REJECTED, str(error), diagnostic=diagnostic, mechanism=mechanism
            ) from None
        except DeadlineExceeded:
            raise self._unanswered("association", "the AARQ", secret=password) from None
        except TransportError as error:
            raise self._closed("association", error, secret=password) from None
        except DlmsError as error:
            self._note("association", str(error), secret=password)
            raise _Over(self._no_answer(End.NOISE), str(error)) from None
        seconds = self._note("association", "accepted", secret=password)
        late = self._outcome.late or seconds > self._manner.timeout
        self._outcome = evolve(self._outcome, late=late)
        self._be_quick(pump)
        return agreed

    def _no_answer(self, end: End) -> End:
        """What no answer to the AARQ means: with HDLC the meter is there, the link says so."""
        return End.UNANSWERED if self._manner.endpoint.framing == "hdlc" else end

    # ---------------------------------------------------------------- reading

    def _survey(self, pump: Pump, notebook: Notebook) -> None:
        found: dict[str, Any] = {}
        missing: dict[str, str] = {}
        part, before = "", self._manner.now()
        stream = pump.stream(survey(notebook, self._attempt.longest_list))
        broke = ""
        try:
            with contextlib.closing(stream):
                for step in stream:
                    match step:
                        case Asking(part):
                            self._begin(part)
                            before = self._manner.now()
                        case Found(part, value):
                            found["lists" if part == "long_lists" else part] = value
                            if part == "clock":
                                found["clock_finding"] = judge_clock(
                                    value, before, self._manner.now(), self._manner.zone
                                )
                            self._note(part, "read")
                        case Missing(part, reason):
                            missing[part] = reason
                            self._note(part, reason)
        except DlmsError as error:
            broke = str(error)
            self._note(part, broke)
        if "objects" in found:
            found["objects"] = tuple(found["objects"])
        released = None if broke else self._release(pump)
        self._outcome = evolve(
            self._outcome,
            survey=Survey(
                **found,
                missing=missing,
                released=released,
                broke=broke,
                broke_at=part if broke else "",
            ),
        )

    def _blocks(self, pump: Pump, _notebook: Notebook) -> None:
        self._begin("blocks")
        try:
            count = pump.run(take_blocks())
        except DlmsError as error:
            self._note("blocks", str(error))
            missing = {"blocks": str(error)}
            self._outcome = evolve(self._outcome, survey=Survey(missing=missing))
            return
        self._note("blocks", f"{count} taken" if count > 1 else "the list came whole")
        self._release(pump)
        self._outcome = evolve(self._outcome, survey=Survey(blocks=count))

    def _release(self, pump: Pump) -> bool:
        """Whether the meter answers a release; the line was sound until then."""
        pump.timeout = min(self._manner.timeout, RELEASE_SECONDS)
        self._begin("release")
        try:
            agreed = pump.run(release())
        except DlmsError as error:
            self._note("release", str(error))
            return False
        self._note("release", "released" if agreed else "refused")
        return True

    # ---------------------------------------------------------------- evidence

    def _begin(self, step: str) -> None:
        self._manner.progress(f"{self._attempt}: {step.replace('_', ' ')}")
        self._wire.take()
        self._began = self._clock.monotonic()

    def _note(self, step: str, told: str, *, secret: bytes | None = None) -> float:
        """Keep what passed since the step began; how long it took."""
        seconds = self._clock.monotonic() - self._began
        passed = self._wire.take()
        if self._manner.endpoint.framing == "hdlc" and passed.received:
            self._sent = max(self._sent, longest_frame(passed.sent))
            self._received = max(self._received, longest_frame(passed.received))
        self._exchanges.append(passed.exchange(step, told, seconds, secret=secret))
        return seconds

    def _unanswered(self, step: str, what: str, *, secret: bytes | None = None) -> _Over:
        """No answer came in time: silence, or octets that are none."""
        heard = self._wire.passed.received
        text = as_text(heard)
        if text:
            self._note(step, f"it says {text!r}")
            return _says(text)
        said = hint_of(heard, self._wire.passed.sent, self._manner.endpoint.framing)
        why = f"{said} instead of an answer to {what}" if said else f"no answer to {what}"
        self._note(step, why, secret=secret)
        if step == "association":
            return _Over(self._no_answer(End.NOISE if said else End.SILENT), why)
        more = {"answered_as": answering_server(heard, self._attempt.client)}
        return _Over(End.NOISE if said else End.SILENT, why, **more)

    def _closed(self, step: str, error: TransportError, *, secret: bytes | None = None) -> _Over:
        heard = error.banner if isinstance(error, ConnectionClosed) else b""
        text = as_text(heard or self._wire.passed.received)
        if text:
            self._note(step, f"it says {text!r} and hangs up", secret=secret)
            return _says(text)
        self._note(step, str(error), secret=secret)
        end = self._no_answer(End.CLOSED) if step == "association" else End.CLOSED
        return _Over(end, str(error))
