"""The proposed context."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import initiate_requests

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.errors import DecodeError, EncodeError

GREEN_BOOK = bytes.fromhex("01000000065f1f0400007e1f04b0")


@given(initiate_requests())
def test_a_proposal_comes_back(request: InitiateRequest) -> None:
    assert InitiateRequest.decode(request.encode()) == request
    assert InitiateRequest.decode(request.encode(bare_tag=True), lenient=True) == request


def test_absent_fields_and_defaults_take_an_octet() -> None:
    request = InitiateRequest(conformance=Conformance(0x007E1F), max_pdu=1200)

    assert request.encode() == GREEN_BOOK
    assert InitiateRequest.decode(GREEN_BOOK) == request


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_presence_flag_is_0_or_1(place: int) -> None:
    octets = GREEN_BOOK[:place] + b"\x02" + GREEN_BOOK[place + 1 :]

    with pytest.raises(DecodeError) as caught:
        InitiateRequest.decode(octets)
    assert (caught.value.code, caught.value.offset) == ("bad-presence-flag", place)


def test_p10_another_conformance_tag_is_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        InitiateRequest.decode(bytes.fromhex("01000000065f1e0400007e1f04b0"))
    assert (caught.value.code, caught.value.offset) == ("bad-conformance", 5)


def test_a_pdu_size_has_two_octets() -> None:
    with pytest.raises(EncodeError):
        InitiateRequest(conformance=Conformance.GET, max_pdu=0x10000).encode()


def test_a_dedicated_key_is_never_shown() -> None:
    request = InitiateRequest(dedicated_key=b"K" * 16, conformance=Conformance.GET, max_pdu=0)

    assert "KKKK" not in repr(request)
