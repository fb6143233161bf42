"""Refusals as errors: cause, evidence, remedy."""

from __future__ import annotations

import pytest

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.rlre import Rlre
from dlmslite.association.rejection import rejection
from dlmslite.codes import (
    AcseProviderDiagnostic,
    AcseUserDiagnostic,
    AssociationResult,
    DiagnosticSource,
    Mechanism,
    ServiceErrorReason,
    StateError,
)

PERMANENT = AssociationResult.REJECTED_PERMANENT
TOO_SHORT = ConfirmedServiceError(
    service=ConfirmedService.INITIATE_ERROR, error_type=ErrorType.INITIATE, code=3
)


def test_p06_result_source_and_diagnostic_are_named() -> None:
    error = rejection(Aare(result=PERMANENT, diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE))

    assert str(error).startswith(
        "association rejected-permanent: authentication-failure (acse-service-user)"
    )
    assert "password" in error.hint
    assert error.result is PERMANENT
    assert error.source is DiagnosticSource.ACSE_SERVICE_USER
    assert error.diagnostic is AcseUserDiagnostic.AUTHENTICATION_FAILURE
    assert error.service_error is None


def test_the_mechanism_that_the_meter_names_is_told() -> None:
    refusal = Aare(
        result=PERMANENT,
        diagnostic=AcseUserDiagnostic.AUTHENTICATION_REQUIRED,
        mechanism=Mechanism.HLS_GMAC,
    )

    assert rejection(refusal).mechanism is Mechanism.HLS_GMAC
    assert rejection(Aare(result=PERMANENT)).mechanism is None


def test_p06_a_providers_diagnostic_is_no_users() -> None:
    # Number 2 of the user would be "context not supported", with a hint that is wrong here.
    error = rejection(
        Aare(result=PERMANENT, diagnostic=AcseProviderDiagnostic.NO_COMMON_ACSE_VERSION)
    )

    assert "no-common-acse-version (acse-service-provider)" in str(error)
    assert error.hint == ""


def test_p07_the_error_inside_is_the_cause() -> None:
    error = rejection(Aare(result=PERMANENT, user_information=TOO_SHORT.encode()))

    assert "initiate error pdu-size-too-short" in str(error)
    assert error.service_error == TOO_SHORT
    assert error.hint == "propose a larger PDU"


def test_p07_unsound_user_information_hides_nothing() -> None:
    error = rejection(
        Aare(
            result=PERMANENT,
            diagnostic=AcseUserDiagnostic.NO_REASON_GIVEN,
            user_information=b"\x0e\x01",
        )
    )

    assert "no-reason-given" in str(error)


def test_a_transient_refusal_means_that_somebody_else_is_there() -> None:
    error = rejection(
        Aare(
            result=AssociationResult.REJECTED_TRANSIENT,
            diagnostic=AcseUserDiagnostic.NO_REASON_GIVEN,
        )
    )

    assert "another client" in error.hint


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (TOO_SHORT, "initiate error pdu-size-too-short"),
        (
            ExceptionResponse(
                state_error=StateError.SERVICE_NOT_ALLOWED,
                service_error=ServiceErrorReason.PDU_TOO_LONG,
            ),
            "service-not-allowed, pdu-too-long",
        ),
        (Rlre(), "rlre"),
    ],
)
def test_whatever_stands_in_the_place_of_an_aare_is_the_cause(answer: Apdu, text: str) -> None:
    error = rejection(answer)

    assert text in str(error)
    assert error.service_error == answer
    assert error.result is None


def test_an_error_of_another_kind_has_no_hint_of_this_one() -> None:
    error = ConfirmedServiceError(
        service=ConfirmedService.READ, error_type=ErrorType.ACCESS, code=3
    )

    assert rejection(error).hint == ""
