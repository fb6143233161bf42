"""Names and user-information of the ACSE APDUs."""

from __future__ import annotations

import pytest

from dlmslite.apdu.acse import (
    APPLICATION_CONTEXT,
    USER_INFORMATION,
    decode_user_information,
    mechanism_name,
    release_reason,
)
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.codes import ApplicationContext, Mechanism, ReleaseRequestReason
from dlmslite.encoding import codec
from dlmslite.errors import DecodeError

INITIATE = InitiateRequest(conformance=Conformance.GET, max_pdu=0xFFFF)


@pytest.mark.parametrize("context", ApplicationContext)
def test_p01_an_application_context_is_an_object_identifier(context: ApplicationContext) -> None:
    octets = codec.build(APPLICATION_CONTEXT, context)

    assert octets.hex() == f"a1090607608574050801{int(context):02x}"
    assert codec.parse(APPLICATION_CONTEXT, octets) is context


@pytest.mark.parametrize("mechanism", Mechanism)
def test_p02_a_mechanism_is_an_object_identifier(mechanism: Mechanism) -> None:
    octets = codec.build(mechanism_name(0x8B), mechanism)

    assert octets.hex() == f"8b07608574050802{int(mechanism):02x}"
    assert codec.parse(mechanism_name(0x8B), octets) is mechanism


def test_a_context_or_mechanism_that_nobody_defined_is_kept() -> None:
    octets = bytes.fromhex("a109060760857405080109")

    assert codec.parse(APPLICATION_CONTEXT, octets) == 9
    assert codec.build(APPLICATION_CONTEXT, ApplicationContext(9)) == octets


def test_an_object_identifier_of_another_arc_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(APPLICATION_CONTEXT, bytes.fromhex("a109060760857405090101"))
    assert (caught.value.code, caught.value.offset) == ("bad-oid", 4)


def test_a_release_reason_must_be_defined() -> None:
    wire = release_reason(ReleaseRequestReason)

    assert codec.parse(wire, bytes.fromhex("800101")) is ReleaseRequestReason.URGENT
    with pytest.raises(DecodeError) as caught:
        codec.parse(wire, bytes.fromhex("800105"))
    assert caught.value.code == "bad-enum"


def test_p04_user_information_is_an_octet_string() -> None:
    octets = codec.build(USER_INFORMATION, INITIATE.encode())

    assert octets.hex().startswith("be10040e01000000065f1f0400")
    assert codec.parse(USER_INFORMATION, octets) == INITIATE.encode()


def test_plain_user_information_is_an_initiate_apdu() -> None:
    assert decode_user_information(INITIATE.encode()) == INITIATE


@pytest.mark.parametrize("octets", [None, b"", b"\x21\x1f\x30\0\0\0\0", b"\xdb\x08"])
def test_absent_empty_and_ciphered_user_information_is_left_alone(octets: bytes | None) -> None:
    assert decode_user_information(octets) is None


def test_an_apdu_that_has_no_place_in_user_information_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_user_information(bytes.fromhex("c002c100000001"))
    assert caught.value.code == "bad-choice"
