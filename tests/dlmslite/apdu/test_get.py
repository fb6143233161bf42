"""GET: the hand-written way equals the declared one; every invoke-id; blocks and lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import get_apdus, get_requests_normal, get_responses_normal

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
    decode_request,
    decode_response,
)
from dlmslite.apdu.invoke_id import INVOKE_IDS
from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference
from dlmslite.values.selection import EntryDescriptor

ENERGY = AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2)


def outcome(decode: object, octets: bytes) -> object:
    """What a decoder gives: a value, or the code of its error."""
    try:
        return decode(octets)  # type: ignore[operator] - a bound classmethod
    except DecodeError as error:
        return error.code


def declared(kind: type[Apdu]) -> object:
    """The decoder that the declaration alone gives."""
    return lambda octets: Apdu.decode.__func__(kind, octets)  # type: ignore[attr-defined] - a classmethod


@given(get_apdus())
def test_every_get_comes_back(apdu: Apdu) -> None:
    assert type(apdu).decode(apdu.encode()) == apdu


@given(get_requests_normal() | get_responses_normal())
def test_by_hand_and_by_declaration_give_the_same_octets_and_values(apdu: Apdu) -> None:
    octets = apdu.encode()

    assert Apdu.encode(apdu) == octets
    assert outcome(type(apdu).decode, octets) == outcome(declared(type(apdu)), octets)


@given(
    get_requests_normal() | get_responses_normal(),
    st.integers(0, 30),
    st.binary(max_size=3),
    st.booleans(),
)
def test_by_hand_and_by_declaration_agree_on_damaged_octets(
    apdu: Apdu, place: int, patch: bytes, cut: bool
) -> None:
    octets = apdu.encode()
    damaged = octets[:place] + patch + (b"" if cut else octets[place + len(patch) :])

    assert outcome(type(apdu).decode, damaged) == outcome(declared(type(apdu)), damaged)


@given(st.binary(max_size=40))
def test_by_hand_and_by_declaration_agree_on_any_octets(octets: bytes) -> None:
    for kind, head in ((GetRequestNormal, b"\xc0\x01"), (GetResponseNormal, b"\xc4\x01")):
        for candidate in (octets, head + octets, head + b"\xc1\x00" + octets):
            assert outcome(kind.decode, candidate) == outcome(declared(kind), candidate)


@pytest.mark.parametrize("octet", range(256))
def test_x01_every_invoke_id_and_priority_goes_out_and_comes_back(octet: int) -> None:
    request = GetRequestNormal(INVOKE_IDS[octet], ENERGY)
    response = GetResponseNormal(INVOKE_IDS[octet], Data.of(DataType.DOUBLE_LONG_UNSIGNED, 56281))

    assert request.encode().hex() == f"c001{octet:02x}00030100010800ff0200"
    assert response.encode().hex() == f"c401{octet:02x}00060000dbd9"
    assert decode_request(request.encode()) == request
    assert decode_response(response.encode()) == response


def test_a_read_of_a_part_carries_its_selection() -> None:
    buffer = AttributeReference(
        7, Obis.parse("1.0.99.1.0.255"), 2, EntryDescriptor(from_entry=1, to_entry=5)
    )
    octets = GetRequestNormal(INVOKE_IDS[0x51], buffer).encode()

    assert octets.hex() == (
        "c001510007010063 0100ff02 01 02 0204 0600000001 0600000005 120001 120000".replace(" ", "")
    )
    assert decode_request(octets) == GetRequestNormal(INVOKE_IDS[0x51], buffer)


@pytest.mark.parametrize("count", [0, 1, 127, 128, 300])
def test_a_list_of_any_length_comes_back(count: int) -> None:
    request = GetRequestWithList(INVOKE_IDS[0xC1], (ENERGY,) * count)

    assert decode_request(request.encode()) == request


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 2000])
def test_x03_a_block_holds_octets_of_any_number(length: int) -> None:
    block = GetResponseWithDatablock(INVOKE_IDS[0xC1], False, 1, bytes(length))

    assert decode_response(block.encode()) == block


def test_x04_a_last_block_may_be_empty_or_carry_a_reason() -> None:
    empty = decode_response(bytes.fromhex("c402c101000000030000"))
    reason = decode_response(bytes.fromhex("c402c101000000020113"))

    assert empty == GetResponseWithDatablock(INVOKE_IDS[0xC1], True, 3, b"")
    assert reason == GetResponseWithDatablock(
        INVOKE_IDS[0xC1], True, 2, DataAccessResult.DATA_BLOCK_NUMBER_INVALID
    )


def test_x05_errors_are_per_item_and_in_order() -> None:
    response = decode_response(bytes.fromhex("c40345020005000000010104"))

    assert isinstance(response, GetResponseWithList)
    assert response.results == (
        Data.of(DataType.DOUBLE_LONG, 1),
        DataAccessResult.OBJECT_UNDEFINED,
    )


def test_a_boolean_is_true_for_every_octet_but_0() -> None:
    block = decode_response(bytes.fromhex("c402c107000000010000"))

    assert isinstance(block, GetResponseWithDatablock)
    assert block.last is True


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("c0", "truncated", 1),
        ("c4", "truncated", 1),
        ("c004c100", "bad-choice", 1),
        ("c400c1", "bad-choice", 1),
        ("c001", "truncated", 2),
        ("c401c1", "truncated", 3),
        ("c401c100", "truncated", 4),
        ("c401c10007", "unknown-type", 4),
        ("c401c100110500", "trailing-bytes", 6),
        ("c401c102", "bad-choice", 3),
        ("c002c1000000", "truncated", 6),
        ("c402c1010000000102", "bad-choice", 8),
        ("c403c102 0005", "truncated", 5),
    ],
)
def test_an_unsound_get_is_refused_where_it_is_unsound(octets: str, code: str, offset: int) -> None:
    decode = decode_request if octets.startswith("c0") else decode_response
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_a_block_number_has_four_octets() -> None:
    assert GetRequestNext(INVOKE_IDS[1], 0xFFFF_FFFF).encode().hex() == "c00201ffffffff"
    with pytest.raises(EncodeError):
        GetRequestNext(INVOKE_IDS[1], 1 << 32).encode()


def test_a_reference_that_has_no_octets_is_refused() -> None:
    crooked = AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2)
    object.__setattr__(crooked, "class_id", 70000)

    with pytest.raises(EncodeError, match="get-request-normal"):
        GetRequestNormal(INVOKE_IDS[1], crooked).encode()
