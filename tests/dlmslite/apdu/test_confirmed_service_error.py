"""The error that knows no service."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import confirmed_service_errors

from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
from dlmslite.errors import DecodeError


@given(confirmed_service_errors())
def test_an_error_comes_back(error: ConfirmedServiceError) -> None:
    assert ConfirmedServiceError.decode(error.encode()) == error


@pytest.mark.parametrize("service", ConfirmedService)
def test_x10_every_service_has_its_choice(service: ConfirmedService) -> None:
    error = ConfirmedServiceError.decode(bytes([0x0E, service, 6, 1]))

    assert (error.service, error.name) == (service, "dlms-version-too-low")


@pytest.mark.parametrize("error_type", ErrorType)
def test_x10_every_kind_of_error_has_named_codes(error_type: ErrorType) -> None:
    error = ConfirmedServiceError(service=ConfirmedService.READ, error_type=error_type, code=0)

    assert ConfirmedServiceError.decode(error.encode()).name == "other"


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("0e0006 01", "bad-choice", 1),
        ("0e1406 01", "bad-choice", 1),
        ("0e010b 01", "bad-choice", 2),
        ("0e0106 05", "bad-enum", 3),
        ("0e0106", "truncated", 3),
        ("0e01060100", "trailing-bytes", 4),
    ],
)
def test_what_is_undefined_is_refused(octets: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        ConfirmedServiceError.decode(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


@pytest.mark.parametrize("octets", ["0e000601", "0e010b01", "0e0106ff"])
def test_x10_values_unknown_to_us_survive_where_we_are_lenient(octets: str) -> None:
    error = ConfirmedServiceError.decode(bytes.fromhex(octets), lenient=True)

    assert error.encode().hex() == octets
    assert error.is_defined == (octets[4:] == "0601")
    assert error.name == ("dlms-version-too-low" if error.is_defined else f"unknown-{error.code}")
