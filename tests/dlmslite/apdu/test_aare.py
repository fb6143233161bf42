"""The association response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import aares

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.confirmed_service_error import ConfirmedServiceError
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.codes import (
    AcseProviderDiagnostic,
    AcseUserDiagnostic,
    AssociationResult,
    DiagnosticSource,
)
from dlmslite.errors import DecodeError

ACCEPTED = bytes.fromhex(
    "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000501f01f40007"
)


@given(aares())
def test_a_response_comes_back(aare: Aare) -> None:
    assert Aare.decode(aare.encode()) == aare


@given(st.binary(max_size=80))
def test_any_octets_give_a_response_or_a_decode_error(octets: bytes) -> None:
    for candidate in (octets, b"\x61" + bytes([len(octets)]) + octets):
        try:
            Aare.decode(candidate)
        except DecodeError as error:
            assert 0 <= error.offset <= len(candidate)


def test_an_acceptance_tells_the_context() -> None:
    context = Aare.decode(ACCEPTED).context()

    assert isinstance(context, InitiateResponse)
    assert context.max_pdu == 500
    assert Conformance.GET in context.conformance


def test_p05_every_length_may_be_long_form() -> None:
    body = bytes.fromhex(
        "a1810b 06820007 60857405080101"
        "a2820006 02830000 01 00"
        "a38108 a1820004 0281 01 00"
        "be8111 04810e 0800065f1f040000501f01f40007"
    )

    decoded = Aare.decode(b"\x61\x82" + len(body).to_bytes(2, "big") + body)

    assert decoded == Aare.decode(ACCEPTED)


@pytest.mark.parametrize("code", range(15))
def test_p06_a_user_diagnostic_is_named(code: int) -> None:
    octets = ACCEPTED.replace(
        bytes.fromhex("a305a103020100"), bytes.fromhex(f"a305a1030201{code:02x}")
    )

    aare = Aare.decode(octets)

    assert aare.source is DiagnosticSource.ACSE_SERVICE_USER
    assert aare.diagnostic is AcseUserDiagnostic(code)


@pytest.mark.parametrize("code", range(3))
def test_p06_a_provider_diagnostic_is_named(code: int) -> None:
    octets = ACCEPTED.replace(
        bytes.fromhex("a305a103020100"), bytes.fromhex(f"a305a2030201{code:02x}")
    )

    aare = Aare.decode(octets)

    assert aare.source is DiagnosticSource.ACSE_SERVICE_PROVIDER
    assert aare.diagnostic is AcseProviderDiagnostic(code)


def test_p06_an_undefined_diagnostic_is_refused_or_kept() -> None:
    octets = ACCEPTED.replace(bytes.fromhex("a305a103020100"), bytes.fromhex("a305a10302010f"))

    with pytest.raises(DecodeError) as caught:
        Aare.decode(octets)

    assert caught.value.code == "bad-enum"
    assert Aare.decode(octets, lenient=True).diagnostic == 15


def test_a_diagnostic_has_one_source() -> None:
    with pytest.raises(DecodeError) as caught:
        Aare.decode(bytes.fromhex("6112a109060760857405080101a203020100a300"))
    assert caught.value.code == "bad-ber-tag"


def test_p07_a_refusal_may_lack_user_information() -> None:
    aare = Aare.decode(bytes.fromhex("6117a109060760857405080101a203020101a305a10302010d"))

    assert aare.result is AssociationResult.REJECTED_PERMANENT
    assert aare.diagnostic is AcseUserDiagnostic.AUTHENTICATION_FAILURE
    assert aare.context() is None


def test_p07_a_refusal_may_carry_a_confirmed_service_error() -> None:
    aare = Aare.decode(
        bytes.fromhex("611fa109060760857405080101a203020101a305a103020101be0604040e010603")
    )
    error = aare.context()

    assert isinstance(error, ConfirmedServiceError)
    assert error.name == "pdu-size-too-short"


def test_p07_a_refusal_is_not_lost_in_its_unsound_user_information() -> None:
    refusal = Aare(result=AssociationResult.REJECTED_TRANSIENT, user_information=b"\x08\xff")

    assert Aare.decode(refusal.encode()) == refusal


def test_unsound_user_information_of_an_acceptance_is_refused() -> None:
    with pytest.raises(DecodeError):
        Aare.decode(Aare(user_information=b"\x08\xff").encode())


def test_p09_the_responding_title_may_be_absent() -> None:
    assert Aare.decode(ACCEPTED).responding_ap_title is None


@pytest.mark.parametrize("field", ["a109060760857405080101", "a203020100", "a305a103020100"])
def test_a_response_without_name_result_or_diagnostic_is_refused(field: str) -> None:
    body = ACCEPTED[2:].replace(bytes.fromhex(field), b"")

    with pytest.raises(DecodeError) as caught:
        Aare.decode(b"\x61" + bytes([len(body)]) + body)
    assert caught.value.code == "missing-field"


def test_a_challenge_is_never_shown() -> None:
    assert "CHALLENGE" not in repr(Aare(responding_authentication_value=b"CHALLENGE"))
