"""What went wrong with a meter, in the daemon's words: a kind, a code and a remedy.

The library's tree of exceptions says at which layer something broke; a policy wants to know whether
it was the network, the conversation or the password. This is the one place where one becomes the
other.
"""

from __future__ import annotations

import errno
import socket
from enum import Enum

from attrs import evolve, frozen

import dlmslite
from dlmslite_daemon.errors import BridgeError

_REFUSED_PROOF = range(11, 15)  # ACSE user diagnostics of authentication (IEC 62056-5-3)
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_KEPT = 256  # octets kept for diagnosis


class FailureKind(Enum):
    """What the policies must know of a failure."""

    UNREACHABLE = "unreachable"
    """Host or port could not be reached at all."""
    LINK = "link"
    """Connected, but no association came about, or it broke in use."""
    CREDENTIALS = "credentials"
    """The meter refused the proof."""
    REJECTED = "rejected"
    """The meter refused the association for another reason."""
    OCCUPIED = "occupied"
    """Connected, and somebody else has the device: a converter or the meter itself says so."""
    STRANGE = "strange"
    """Another meter answers than the one that is known."""
    IN_USE = "in use"
    """Another process of this machine has the line; nothing was sent, and nothing is wrong."""
    SETTINGS = "settings"
    """The settings make no sense; trying again cannot help."""


@frozen
class Failure:
    """Why an attempt or a session ended.

    Attributes:
        kind: What the policies must know.
        code: A stable code, such as ``E-LINE-REFUSED``.
        message: What happened and why, in one sentence.
        hint: The next step; empty when there is none.
        diagnostic: The meter's own diagnostic, as text; empty when it gave none.
        timed_out: Whether a deadline passed.
        octets: Octets in question, for diagnosis; at most the last 256.
        unheard: Whether the connection was accepted and never brought an octet.
    """

    kind: FailureKind
    code: str
    message: str
    hint: str = ""
    diagnostic: str = ""
    timed_out: bool = False
    octets: bytes = b""
    unheard: bool = False


class MeterFailed(BridgeError):
    """An attempt or a session ended.

    Attributes:
        failure: Why.
    """

    code = "E-METER"

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, code=failure.code, hint=failure.hint)
        self.failure = failure


_NEXT = {
    "E-LINE-REFUSED": "check the port, and whether the converter's service runs",
    "E-LINE-UNREACHABLE": "check the address; dlmslite-bridge scan looks for a meter that moved",
    "E-LINE-CLOSED": "look for another client of this line; dlmslite-bridge diagnose says more",
    "E-LINE-LOST": "it is tried again by itself; dlmslite-bridge diagnose says more",
    "E-METER-SILENT": "dlmslite-bridge diagnose finds out where it ends",
    "E-METER-HELD": "another client has the meter; it is tried again by itself",
    "E-METER-FRAMING": "dlmslite-bridge logs ID --frames shows what came",
    "E-METER-PROTOCOL": "dlmslite-bridge logs ID --frames shows what came",
}
"""The next step where the library has none."""


def classify(error: dlmslite.DlmsError, *, opening: bool) -> Failure:
    """What an exception of the library means to the daemon.

    Args:
        error: The exception.
        opening: Whether a session was being opened, so that an unreachable endpoint is possible.
    """
    failure = _classified(error, opening=opening)
    return failure if failure.hint else evolve(failure, hint=_NEXT.get(failure.code, ""))


def _classified(error: dlmslite.DlmsError, *, opening: bool) -> Failure:
    message = str(error.args[0]) if error.args else type(error).__name__
    hint = error.hint
    match error:
        case dlmslite.AssociationRejected():
            refused = isinstance(error.diagnostic, int) and error.diagnostic in _REFUSED_PROOF
            kind = FailureKind.CREDENTIALS if refused else FailureKind.REJECTED
            code = "E-METER-CREDENTIALS" if refused else "E-METER-REJECTED"
            said = "" if error.diagnostic is None else _label(error.diagnostic)
            return Failure(kind, code, message, hint, diagnostic=said)
        case dlmslite.ConfigurationError() | dlmslite.MissingExtra() | dlmslite.EncodeError():
            return Failure(FailureKind.SETTINGS, "E-METER-SETTINGS", message, hint)
        case dlmslite.ConverterError(cause="port-busy"):
            kind, code = FailureKind.OCCUPIED, "E-LINE-TAKEN"
            return Failure(kind, code, message, hint, octets=error.banner)
        case dlmslite.LinkError(code="refused") if opening:
            return Failure(FailureKind.OCCUPIED, "E-METER-HELD", message, hint)
        case dlmslite.ConnectionClosed():
            return Failure(FailureKind.LINK, "E-LINE-CLOSED", message, hint, octets=error.banner)
        case dlmslite.TransportError() if opening:
            return Failure(FailureKind.UNREACHABLE, _why_unreachable(error), message, hint)
        case dlmslite.TransportError():
            return Failure(FailureKind.LINK, "E-LINE-LOST", message, hint)
        case dlmslite.DeadlineExceeded():
            octets = error.received[-_KEPT:]
            kind, code = FailureKind.LINK, "E-METER-SILENT"
            if error.cause == "port-busy":
                kind, code = FailureKind.OCCUPIED, "E-LINE-TAKEN"
            unheard = opening and error.cause == "never-heard"
            return Failure(
                kind, code, message, hint, timed_out=True, octets=octets, unheard=unheard
            )
        case dlmslite.FramingError():
            octets = error.octets[-_KEPT:]
            return Failure(FailureKind.LINK, "E-METER-FRAMING", message, hint, octets=octets)
    return Failure(FailureKind.LINK, "E-METER-PROTOCOL", message, hint)


def _why_unreachable(error: dlmslite.TransportError) -> str:
    """Whether there is no way to the host, or it was reached and refused."""
    cause = error.__cause__
    lost = isinstance(cause, socket.gaierror) or getattr(cause, "errno", None) in _NO_WAY
    return "E-LINE-UNREACHABLE" if lost else "E-LINE-REFUSED"


def _label(code: object) -> str:
    return f"{getattr(code, 'label', code)} ({int(code)})" if isinstance(code, int) else str(code)
