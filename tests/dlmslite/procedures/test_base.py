"""A refusal names its target and what to do about it."""

from __future__ import annotations

import pytest

from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.rlre import Rlre
from dlmslite.codes import DataAccessResult, ServiceErrorReason, StateError
from dlmslite.errors import ServiceError
from dlmslite.procedures.base import checked, refusal


@pytest.mark.parametrize("result", list(DataAccessResult))
def test_every_refusal_keeps_its_result(result: DataAccessResult) -> None:
    error = refusal(result, "1.0.1.8.0.255")
    assert error.result is result
    assert error.target == "1.0.1.8.0.255"
    assert result.label in str(error)


def test_a_hint_is_given_where_there_is_one() -> None:
    assert "no such object" in refusal(DataAccessResult.OBJECT_UNDEFINED).hint
    assert refusal(DataAccessResult(77)).hint == ""


def test_x09_an_exception_response_is_a_service_error_with_its_reason() -> None:
    refused = ExceptionResponse(
        state_error=StateError.SERVICE_NOT_ALLOWED, service_error=ServiceErrorReason.PDU_TOO_LONG
    )
    with pytest.raises(ServiceError, match="service-not-allowed, pdu-too-long") as caught:
        checked(refused)
    assert caught.value.result is ServiceErrorReason.PDU_TOO_LONG


def test_x10_a_confirmed_service_error_is_one_too() -> None:
    error = ConfirmedServiceError(
        service=ConfirmedService.READ, error_type=ErrorType.ACCESS, code=1
    )
    with pytest.raises(ServiceError) as caught:
        checked(error)
    assert caught.value.result is error


def test_any_other_answer_passes() -> None:
    assert checked(Rlre()) == Rlre()
