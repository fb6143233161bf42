"""What the evidence of a rung means: pure functions from what was seen to a cause.

Nothing here opens a wire or asks the time, so every cause is tried by a table of cases. Where two
causes fit, the one to look at first is named, and its confidence says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from attrs import frozen

import dlmslite
from dlmslite_daemon.causes import Cause, Confidence
from dlmslite_daemon.finding import OCTETS_SHOWN, Rung, Step

HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
SLOW_SECONDS = 2.0  # one exchange; the target for a whole poll (bridge.md 8)
DRIFT_SECONDS = 60.0  # beyond it a clock cannot be set in one step
LOSSES_SURE = 3  # lost requests of a long run that are no accident any more
_FLAG = 0x7E
_WRAPPER_VERSION = b"\x00\x01"
_FRAME_TYPE = 0xA0  # the first four bits of every HDLC frame behind its flag (IEC 62056-46)
_SET = "dlmslite-bridge meter set {meter}"
_BUSY_WORDS = ("in use", "busy")

# ACSE user diagnostics and data-access-results (IEC 62056-5-3).
_AUTHENTICATION_FAILURE = 13
_WANTS_ANOTHER_MECHANISM = frozenset({11, 12, 14})
_UNDEFINED, _DENIED = frozenset({4, 9, 11}), frozenset({3, 13})

_STEPS = dict.fromkeys(
    (
        Cause.SLOW, Cause.CLOCK_DRIFT, Cause.RANDOM_LOSS,
        Cause.CONVERTER_IDLE_LIMIT, Cause.METER_IDLE_LIMIT,
    ),
    Step.NOTED,
)  # fmt: skip
"""What does not keep a meter from being read: the climb goes on."""


@frozen
class Judgement:
    """What some evidence means.

    Attributes:
        cause: The cause; None where nothing is wrong.
        confidence: How sure that is.
        told: In words.
        command: The next command, where what was seen tells more of it than the cause does.
    """

    cause: Cause | None
    confidence: Confidence
    told: str
    command: str = ""

    def rung(
        self,
        name: str,
        seconds: float,
        sent: tuple[int, bytes] = (0, b""),
        received: tuple[int, bytes] = (0, b""),
    ) -> Rung:
        """The rung that it decides.

        Args:
            name: Its name.
            seconds: How long it took.
            sent: How many octets went, and the first of them; none of a secret.
            received: How many came, and the first of them.
        """
        return Rung(
            name=name,
            step=Step.PASSED if self.cause is None else _STEPS.get(self.cause, Step.FAILED),
            told=self.told,
            seconds=round(seconds, 3),
            octets_sent=sent[0],
            octets_received=received[0],
            sent=sent[1][:OCTETS_SHOWN].hex(),
            received=received[1][:OCTETS_SHOWN].hex(),
            cause=self.cause,
            confidence=self.confidence,
            command=self.command,
        )


def fine(told: str) -> Judgement:
    """Nothing is wrong."""
    return Judgement(None, HIGH, told)


@frozen(kw_only=True)
class Tried:
    """One connection that tried to set a link up.

    Attributes:
        end: Where it ended, as the library's ``End`` says it.
        form: The address form, in words.
        server: The address, as two options of the command line.
        is_configured: Whether that is the configured one.
        is_answer: Whether a meter spoke at this address.
        proposes: Whether the set-up proposed parameters.
        late: Whether the answer came only when another client could have left.
        cause: The library's stable name of a text, or of a failed connection.
        banner: The text.
        why: In words.
        sent: What was sent, at least its beginning.
        received: What came instead of an answer.
    """

    end: str
    form: str = ""
    server: str = ""
    is_configured: bool = True
    is_answer: bool = False
    proposes: bool = True
    late: bool = False
    cause: str = ""
    banner: str = ""
    why: str = ""
    sent: bytes = b""
    received: bytes = b""


def of_text(text: str, known: str) -> Judgement:
    """What somebody says who is no meter.

    Args:
        text: What he says.
        known: The library's stable name of it; empty where nobody knows it.
    """
    told = f"it says {text!r}"
    match known:
        case "port-busy":
            return Judgement(Cause.PORT_BUSY, HIGH, told)
        case "device-failed":
            return Judgement(Cause.CONVERTER_DEVICE, HIGH, told)
        case "idle" | "closed":
            return Judgement(Cause.CONVERTER_IDLE_TEXT, HIGH, told)
        case "no-client":
            return Judgement(Cause.CONVERTER_IDLE_TEXT, MEDIUM, told)
    if any(word in text.lower() for word in _BUSY_WORDS):
        return Judgement(Cause.PORT_BUSY, MEDIUM, told)
    return Judgement(Cause.OTHER_PROTOCOL, HIGH, told)


def of_octets(octets: bytes, sent: bytes, framing: str) -> Judgement:
    """What octets are that make no answer.

    Args:
        octets: What came.
        sent: What had been sent.
        framing: ``hdlc`` or ``wrapper``.
    """
    amount = f"{len(octets)} octets came"
    if sent and octets == sent:
        return Judgement(Cause.LINE_NOISE, MEDIUM, f"{amount}: our own, given back by the line")
    if framing == "hdlc" and octets.startswith(_WRAPPER_VERSION):
        return Judgement(Cause.OTHER_PROTOCOL, HIGH, f"{amount}: a wrapper's; tcp:// is meant")
    frames = _frame_starts(octets)
    if framing != "hdlc" and frames:
        return Judgement(Cause.OTHER_PROTOCOL, HIGH, f"{amount}: HDLC's; tcp+hdlc:// is meant")
    if frames:
        return Judgement(
            Cause.LINE_NOISE, HIGH if frames > 1 else MEDIUM, f"{amount}: a frame, damaged"
        )
    return Judgement(Cause.FRAMING, MEDIUM, f"{amount} without any frame in them")


def of_link(
    tried: Sequence[Tried], framing: str, *, every_form: bool, dropped: bool = False
) -> Judgement:
    """What came of all attempts to set a link up.

    Args:
        tried: The attempts that were connected, in order.
        framing: ``hdlc`` or ``wrapper``.
        every_form: Whether every address form was tried, and the queue waited for.
        dropped: Whether further connections were not accepted any more.
    """
    answered = next((one for one in tried if one.is_answer), None)
    if answered is not None:
        return _of_answer(answered, tried)
    for one in tried:
        if one.end == "banner":
            return of_text(one.banner, one.cause)
        if one.end == "held":
            return Judgement(Cause.ASSOCIATION_HELD, HIGH, f"{one.form}: DM to the SNRM")
    for one in tried:
        if one.received:
            return of_octets(one.received, one.sent, framing)
    if tried and all(one.end == "closed" for one in tried):
        return Judgement(Cause.HUNG_UP, MEDIUM, f"closed at once, {len(tried)} times")
    if dropped:
        told = "a connection was accepted and not served, and further ones are not accepted"
        return Judgement(Cause.PORT_HELD_SILENTLY, MEDIUM, told)
    forms = ", ".join(dict.fromkeys(one.form for one in tried))
    sure = MEDIUM if every_form else LOW
    return Judgement(Cause.METER_SILENT, sure, f"no octet came back from {forms or 'the meter'}")


def _of_answer(answered: Tried, tried: Sequence[Tried]) -> Judgement:
    if answered.late:
        told = f"{answered.form} answered only when another client had left"
        return Judgement(Cause.PORT_HELD_SILENTLY, HIGH, told)
    if not answered.is_configured:
        silent = [one.form for one in tried if one.is_configured]
        told = f"{answered.form} answers; the configured {silent[0] if silent else 'one'} does not"
        return Judgement(
            Cause.WRONG_ADDRESS, HIGH if silent else MEDIUM, told, f"{_SET} {answered.server}"
        )
    if not answered.proposes:
        told = f"{answered.form} answers a set-up without parameters, and none with them"
        return Judgement(Cause.LINK_PARAMETERS, MEDIUM, told)
    return fine(f"{answered.form} answers")


def of_association(
    error: dlmslite.DlmsError, *, proves: bool, public: bool, linked: bool
) -> Judgement:
    """Why the configured association did not come about, on a link that answers.

    Args:
        error: What the library says.
        proves: Whether a password was sent.
        public: Whether the public client was let in.
        linked: Whether the link of this client came up.
    """
    told = str(error.args[0]) if error.args else type(error).__name__
    match error:
        case dlmslite.AssociationRejected():
            return _of_refusal(error, told, proves=proves)
        case dlmslite.ConverterError():
            return of_text(error.banner.decode("ascii", "replace").strip(), error.cause)
        case dlmslite.LinkError(code="refused") if public:
            return Judgement(Cause.WRONG_SAP, MEDIUM, f"DM to this client only: {told}")
        case dlmslite.LinkError(code="refused"):
            return Judgement(Cause.ASSOCIATION_HELD, HIGH, told)
        case dlmslite.DeadlineExceeded() | dlmslite.ConnectionClosed() if not linked:
            # The address answers another client, so it is this client's address that is unknown.
            return Judgement(Cause.WRONG_SAP, MEDIUM, f"no link for this client: {told}")
        case dlmslite.DeadlineExceeded() | dlmslite.ConnectionClosed() if proves and public:
            return Judgement(Cause.WRONG_PASSWORD, MEDIUM, f"no answer to the proof: {told}")
        case dlmslite.DeadlineExceeded() | dlmslite.ConnectionClosed():
            return Judgement(Cause.WRONG_SAP, LOW, f"no answer to the association: {told}")
        case dlmslite.FramingError():
            return Judgement(Cause.LINE_NOISE, MEDIUM, told)
    return Judgement(Cause.UNKNOWN, LOW, told)


def _of_refusal(error: dlmslite.AssociationRejected, told: str, *, proves: bool) -> Judgement:
    diagnostic = error.diagnostic if isinstance(error.diagnostic, int) else 0
    if diagnostic == _AUTHENTICATION_FAILURE:
        return Judgement(Cause.WRONG_PASSWORD, HIGH, told)
    if diagnostic in _WANTS_ANOTHER_MECHANISM:
        return Judgement(Cause.UNSUPPORTED_MECHANISM, HIGH, told)
    if proves and diagnostic <= 1:
        # Refused without a reason: the older meters say no more of a wrong password.
        return Judgement(Cause.WRONG_PASSWORD, LOW, told)
    return Judgement(Cause.WRONG_SAP, MEDIUM, told)


def of_read(error: BaseException) -> Judgement:
    """Why a value did not come, on an association that stands.

    Args:
        error: What the library says.
    """
    told = str(error.args[0]) if error.args else type(error).__name__
    match error:
        case dlmslite.ServiceError() if _code(error) in _UNDEFINED:
            return Judgement(Cause.OBJECT_UNDEFINED, HIGH, told)
        case dlmslite.ServiceError() if _code(error) in _DENIED:
            return Judgement(Cause.ACCESS_DENIED, HIGH, told)
        case dlmslite.ConverterError():
            return of_text(error.banner.decode("ascii", "replace").strip(), error.cause)
        case dlmslite.FramingError() | dlmslite.DeadlineExceeded(cause="no-answer"):
            return Judgement(Cause.LINE_NOISE, MEDIUM, told)
    return Judgement(Cause.UNKNOWN, LOW, told)


def _code(error: dlmslite.ServiceError) -> int:
    return error.result if isinstance(error.result, int) else -1


def of_clock(drift: float) -> Judgement:
    """What the clock's distance from this host's means.

    Args:
        drift: The meter's clock minus the host's, s.
    """
    told = f"the meter's clock is {abs(drift):.0f} s {'ahead' if drift > 0 else 'behind'}"
    if abs(drift) <= DRIFT_SECONDS:
        return fine(told)
    return Judgement(Cause.CLOCK_DRIFT, HIGH, told)


def of_identity(serial: str, known: str) -> Judgement:
    """What the meter's own serial number means.

    Args:
        serial: What it tells; empty where it tells none.
        known: What it should be; empty where nobody knows.
    """
    if not serial:
        return Judgement(None, LOW, "it tells no serial number")
    if known and serial != known:
        return Judgement(Cause.IDENTITY_CHANGED, HIGH, f"it is {serial}, and was {known}")
    return fine(f"it is {serial}")


def of_pace(seconds: float) -> Judgement:
    """What the longest exchange of a session means.

    Args:
        seconds: How long it took.
    """
    told = f"the slowest exchange took {seconds:.2f} s"
    sure = HIGH if seconds > 2 * SLOW_SECONDS else MEDIUM
    return Judgement(Cause.SLOW if seconds > SLOW_SECONDS else None, sure, told)


def of_reads(count: int, lost: int, kinds: Sequence[str] = ()) -> Judgement:
    """What a run of many reads means.

    Args:
        count: How many were made.
        lost: How many had no sound answer at the first try.
        kinds: What was thrown away meanwhile, by kind.
    """
    if not lost:
        return fine(f"{count} reads, each answered at once")
    seen = ", ".join(f"{kind} {kinds.count(kind)}" for kind in sorted(set(kinds)))
    told = f"{lost} of {count} reads had no sound answer at the first try ({lost / count:.1%})"
    sure = HIGH if lost >= LOSSES_SURE else MEDIUM
    return Judgement(Cause.RANDOM_LOSS, sure, f"{told}{'; discarded: ' if seen else ''}{seen}")


def of_idle(gap: float, before: float, error: BaseException) -> Judgement:
    """What it means that a session did not outlive an idle gap.

    Args:
        gap: The gap, s.
        before: The longest gap that it outlived, s.
        error: What the library said of the next read.
    """
    where = f"the session outlived {before:g} s of silence and not {gap:g} s"
    told = f"{where}: {error.args[0] if error.args else type(error).__name__}"
    command = f"{_SET} --release-after {before:g}" if before else ""
    meter, converter = Cause.METER_IDLE_LIMIT, Cause.CONVERTER_IDLE_LIMIT
    match error:
        case dlmslite.ConverterError():
            return Judgement(converter, HIGH, told, command)
        case dlmslite.TransportError():
            # Meters end associations; it is converters and what lies between that end connections.
            return Judgement(converter, MEDIUM, told, command)
        case dlmslite.LinkError() | dlmslite.ServiceError() | dlmslite.ProtocolError():
            return Judgement(meter, HIGH, told, command)
        case dlmslite.DeadlineExceeded():
            return Judgement(meter, MEDIUM, told, command)
    return Judgement(Cause.UNKNOWN, LOW, told)


def _frame_starts(octets: bytes) -> int:
    """How many places look like the beginning of an HDLC frame."""
    pairs = itertools.pairwise(octets)
    return sum(flag == _FLAG and head & 0xF0 == _FRAME_TYPE for flag, head in pairs)
