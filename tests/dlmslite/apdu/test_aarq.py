"""The association request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import aarqs

from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.codes import ApplicationContext, Mechanism
from dlmslite.errors import DecodeError

INITIATE = InitiateRequest(conformance=Conformance(0x007E1F), max_pdu=1200)


@given(aarqs())
def test_a_request_comes_back(aarq: Aarq) -> None:
    assert Aarq.decode(aarq.encode()) == aarq


@given(st.binary(max_size=80))
def test_any_octets_give_a_request_or_a_decode_error(octets: bytes) -> None:
    for candidate in (octets, b"\x60" + bytes([len(octets)]) + octets):
        try:
            Aarq.decode(candidate)
        except DecodeError as error:
            assert 0 <= error.offset <= len(candidate)


def test_p01_fields_come_in_the_order_of_their_tags() -> None:
    everything = Aarq(
        protocol_version="1",
        application_context=ApplicationContext.LN_CIPHERED,
        called_ap_title=b"SERVER01",
        called_ae_qualifier=b"q",
        called_ap_invocation_id=1,
        called_ae_invocation_id=2,
        calling_ap_title=b"CLIENT01",
        calling_ae_qualifier=b"certificate",
        calling_ap_invocation_id=3,
        calling_ae_invocation_id=4,
        sender_acse_requirements="1",
        mechanism=Mechanism.HLS_GMAC,
        calling_authentication_value=b"challenge",
        implementation_information=bytes.fromhex("040141"),
        user_information=INITIATE.encode(),
    )
    octets = everything.encode()

    assert octets[1] == 0x81
    tags, offset = [], 3
    while offset < len(octets):
        tags.append(octets[offset])
        offset += 2 + octets[offset + 1]

    assert bytes(tags).hex(" ") == "80 a1 a2 a3 a4 a5 a6 a7 a8 a9 8a 8b ac bd be"


def test_p02_low_level_security_sends_requirements_mechanism_and_password() -> None:
    octets = Aarq.asking(INITIATE, password=b"22222222").encode()

    # old-bridge.md 5.1, V04: what the field meters take.
    assert octets.hex() == (
        "6036a1090607608574050801018a0207808b0760857405080201ac0a80083232323232323232"
        "be10040e01000000065f1f0400007e1f04b0"
    )


def test_no_authentication_sends_neither_mechanism_nor_requirements() -> None:
    octets = Aarq.asking(INITIATE).encode()

    assert octets.hex() == "601da109060760857405080101be10040e01000000065f1f0400007e1f04b0"


def test_p03_no_title_is_sent_without_need() -> None:
    aarq = Aarq.decode(Aarq.asking(INITIATE, password=b"1").encode())

    assert aarq.calling_ap_title is None


def test_p04_lengths_take_the_long_form_when_they_must() -> None:
    octets = Aarq.asking(INITIATE, password=b"x" * 200).encode()

    assert octets[1] == 0x81
    assert Aarq.decode(octets).calling_authentication_value == b"x" * 200


def test_p10_an_old_meter_is_sent_the_short_tag() -> None:
    octets = Aarq.asking(INITIATE, bare_tag=True).encode()

    assert b"\x06\x5f\x04\x00\x00\x7e\x1f" in octets
    assert Aarq.decode(octets, lenient=True).proposal(lenient=True) == INITIATE


def test_v03_an_inner_length_two_too_small_is_refused() -> None:
    # old-bridge.md 5.1, V03: a password of ten characters, but the length of eight (36, not 38).
    aarq = Aarq.asking(INITIATE, password=b"2" * 10).encode()
    assert aarq[1] == 0x38

    with pytest.raises(DecodeError) as caught:
        Aarq.decode(aarq[:1] + b"\x36" + aarq[2:])
    assert caught.value.code == "truncated"


def test_unsound_user_information_is_refused() -> None:
    cut = Aarq(user_information=INITIATE.encode()[:-1])

    with pytest.raises(DecodeError) as caught:
        Aarq.decode(cut.encode())
    assert caught.value.code == "truncated"


def test_a_password_is_never_shown() -> None:
    aarq = Aarq.asking(INITIATE, password=b"sesame-open")

    assert "sesame" not in repr(aarq)
