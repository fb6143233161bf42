"""The exception response."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import exception_responses

from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.codes import ServiceErrorReason, StateError
from dlmslite.errors import DecodeError


@given(exception_responses())
def test_a_response_comes_back(response: ExceptionResponse) -> None:
    assert ExceptionResponse.decode(response.encode()) == response


def test_x09_state_and_service_error_are_named() -> None:
    response = ExceptionResponse.decode(bytes.fromhex("d80202"))

    assert response.state_error is StateError.SERVICE_UNKNOWN
    assert response.service_error is ServiceErrorReason.SERVICE_NOT_SUPPORTED
    assert response.invocation_counter is None


def test_x09_code_6_carries_the_expected_counter() -> None:
    response = ExceptionResponse.decode(bytes.fromhex("d8010600000123"))

    assert response.invocation_counter == 0x123


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("d80001", "bad-enum", 1),
        ("d80107", "bad-enum", 2),
        ("d801060001", "truncated", 5),
        ("d80101000000", "trailing-bytes", 3),
    ],
)
def test_what_is_unsound_is_refused(octets: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        ExceptionResponse.decode(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_x10_codes_unknown_to_us_survive_where_we_are_lenient() -> None:
    response = ExceptionResponse.decode(bytes.fromhex("d80509"), lenient=True)

    assert response.encode().hex() == "d80509"
    assert response.service_error.label == "unknown-9"
