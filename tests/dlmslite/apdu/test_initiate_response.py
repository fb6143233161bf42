"""The agreed context."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import initiate_responses

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_response import VAA_NAME_LN, VAA_NAME_SN, InitiateResponse
from dlmslite.errors import DecodeError

GREEN_BOOK = bytes.fromhex("0800065f1f040000501f01f40007")


@given(initiate_responses())
def test_a_context_comes_back(response: InitiateResponse) -> None:
    assert InitiateResponse.decode(response.encode()) == response


def test_p11_the_name_tells_logical_from_short_names() -> None:
    logical = InitiateResponse.decode(GREEN_BOOK)
    short = InitiateResponse.decode(GREEN_BOOK[:-2] + b"\xfa\x00")

    assert (logical.vaa_name, short.vaa_name) == (VAA_NAME_LN, VAA_NAME_SN)


def test_p11_no_limit_is_a_size_of_0() -> None:
    response = InitiateResponse(conformance=Conformance.GET, max_pdu=0)

    assert InitiateResponse.decode(response.encode()).max_pdu == 0


def test_p12_quality_of_service_may_be_there() -> None:
    response = InitiateResponse.decode(bytes.fromhex("080100065f1f0400001e1d04c80007"))

    assert (response.quality_of_service, response.max_pdu) == (0, 1224)


def test_p12_octets_behind_are_tolerated_where_we_are_lenient() -> None:
    octets = GREEN_BOOK + b"\x00\x01"

    assert InitiateResponse.decode(octets, lenient=True) == InitiateResponse.decode(GREEN_BOOK)
    with pytest.raises(DecodeError) as caught:
        InitiateResponse.decode(octets)
    assert caught.value.code == "trailing-bytes"
