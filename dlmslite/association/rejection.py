"""A refused association as an error, with its cause and what to do about it.

A meter refuses by an AARE whose result is not "accepted", with or without a confirmed-service-error
inside, or by an exception response or confirmed-service-error in place of the AARE.
"""

from __future__ import annotations

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import ConfirmedServiceError, ErrorType
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.codes import AcseUserDiagnostic, AssociationResult
from dlmslite.errors import AssociationRejected, DecodeError

_User = AcseUserDiagnostic
_HINTS: dict[object, str] = {
    _User.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED: (
        "the meter wants short names or ciphering for this client"
    ),
    _User.CALLING_AP_TITLE_NOT_RECOGNIZED: "the meter does not know this client's system title",
    _User.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED: "try another authentication mechanism",
    _User.AUTHENTICATION_MECHANISM_NAME_REQUIRED: "this client needs a password or key",
    _User.AUTHENTICATION_FAILURE: "check the password, and that the client number goes with it",
    _User.AUTHENTICATION_REQUIRED: "this client needs a password or key",
}
_INITIATE_HINTS = {
    1: "the meter is older than DLMS version 6",
    2: "the meter offers none of the services that were proposed",
    3: "propose a larger PDU",
}
_BUSY = "another client may hold the association: wait, or release it"


def rejection(answer: Apdu) -> AssociationRejected:
    """The error that an answer to an AARQ is.

    Args:
        answer: An AARE, an exception response or a confirmed-service-error.
    """
    if isinstance(answer, Aare):
        return _rejected(answer)
    if isinstance(answer, ConfirmedServiceError):
        return AssociationRejected(
            f"association refused: {_error_text(answer)}",
            hint=_error_hint(answer),
            service_error=answer,
        )
    text = answer.NAME
    if isinstance(answer, ExceptionResponse):
        text = f"{answer.state_error.label}, {answer.service_error.label}"
    return AssociationRejected(f"association refused: {text}", service_error=answer)


def _rejected(aare: Aare) -> AssociationRejected:
    try:
        inside = aare.context(lenient=True)
    except DecodeError:
        inside = None  # a refusal with unsound user-information is a refusal all the same (P07)
    error = inside if isinstance(inside, ConfirmedServiceError) else None
    text = f"association {aare.result.label}: {aare.diagnostic.label} ({aare.source.label})"
    hint = _HINTS.get(aare.diagnostic, "") if isinstance(aare.diagnostic, _User) else ""
    if error is not None:
        text += f", {_error_text(error)}"
        hint = hint or _error_hint(error)
    if not hint and aare.result is AssociationResult.REJECTED_TRANSIENT:
        hint = _BUSY
    return AssociationRejected(
        text,
        hint=hint,
        result=aare.result,
        source=aare.source,
        diagnostic=aare.diagnostic,
        mechanism=aare.mechanism,
        service_error=error,
    )


def _error_text(error: ConfirmedServiceError) -> str:
    return f"{error.error_type.label} error {error.name}"


def _error_hint(error: ConfirmedServiceError) -> str:
    return _INITIATE_HINTS.get(error.code, "") if error.error_type is ErrorType.INITIATE else ""
