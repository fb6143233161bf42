"""Tests of dlmslite.values.compact_array."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import compact_arrays, descriptions

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values import compact_array
from dlmslite.values.compact_array import CompactArray, TypeDescription
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType

U8 = TypeDescription(DataType.UNSIGNED)


def unsigned(_tag: int, octets: bytes, offset: int) -> tuple[int, int]:
    return octets[offset], offset + 1


@given(compact_arrays)
def test_it_round_trips(array: CompactArray) -> None:
    data = Data.of(DataType.COMPACT_ARRAY, array)
    assert Data.decode(data.octets).plain.description == array.description
    assert len(data.plain.elements) == len(array.elements)
    assert Data.of(DataType.COMPACT_ARRAY, data.plain) == data


@given(descriptions)
def test_a_description_round_trips(description: TypeDescription) -> None:
    octets = codec.build(
        compact_array.WIRE, {"description": description.to_wire(), "contents": b""}
    )
    decoded, end = compact_array.decode_from(b"\xee" + octets, 1, unsigned)
    assert (decoded.description, end) == (description, 1 + len(octets))


@given(st.binary(max_size=40))
def test_any_octets_are_an_array_or_refused(octets: bytes) -> None:
    try:
        _, end = compact_array.decode_from(octets, 0, unsigned)
    except DecodeError as error:
        assert 0 <= error.offset <= len(octets)
    except IndexError:
        pytest.fail("an octet outside the contents was asked for")
    else:
        assert end <= len(octets)


def test_d12_an_array_has_a_count_of_two_octets() -> None:
    description = TypeDescription(DataType.ARRAY, (U8,), 300)
    array = CompactArray(description, [list(range(200)) + [0] * 100])
    octets = compact_array.encode(array, lambda _, value: bytes((value,)))
    assert octets[:4] == bytes.fromhex("01012c11")
    assert compact_array.decode_from(octets, 0, unsigned) == (array, len(octets))


def test_d12_the_length_is_in_octets_and_may_be_zero() -> None:
    assert compact_array.decode_from(b"\x11\x00", 0, unsigned)[0].elements == ()
    assert compact_array.decode_from(b"\x11\x02\x07\x08", 0, unsigned)[0].elements == (7, 8)


@pytest.mark.parametrize("tag", [0x07, 0x0B, 0x0E, 0x13, 0x22])
def test_a_description_of_no_type_is_refused(tag: int) -> None:
    with pytest.raises(DecodeError) as caught:
        compact_array.decode_from(bytes((0x02, 1, tag, 0)), 0, unsigned)
    assert (caught.value.code, caught.value.offset) == ("bad-type-description", 2)


@pytest.mark.parametrize("octets", ["", "01", "0100", "0202 11", "11", "1105 01"])
def test_what_is_cut_is_truncated(octets: str) -> None:
    with pytest.raises(DecodeError) as caught:
        compact_array.decode_from(bytes.fromhex(octets), 0, unsigned)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("description", ["00", "0200", "01ffff01ffff00", "01000011", "01020000"])
def test_d16_elements_without_octets_do_not_fill_the_memory(description: str) -> None:
    octets = bytes.fromhex(description) + b"\x01\x05"
    with pytest.raises(DecodeError) as caught:
        compact_array.decode_from(octets, 0, unsigned)
    assert caught.value.code == "bad-type-description"


def test_d16_a_row_of_nulls_and_one_value_is_no_attack() -> None:
    octets = bytes.fromhex("02 0a" + "00" * 9 + "11 02 0506")
    array = Data.decode(b"\x13" + octets).plain
    assert array.elements == ((None,) * 9 + (5,), (None,) * 9 + (6,))


def test_d16_descriptions_nest_only_so_deep() -> None:
    def nested(levels: int) -> bytes:
        return b"\x02\x01" * levels + b"\x11\x00"

    compact_array.decode_from(nested(compact_array.DEPTH_MAX), 0, unsigned)
    for levels in (compact_array.DEPTH_MAX + 1, 5000):
        with pytest.raises(DecodeError):
            compact_array.decode_from(nested(levels), 0, unsigned)


def test_a_compact_array_cannot_hold_another() -> None:
    with pytest.raises(EncodeError, match="compact-array"):
        TypeDescription(DataType.COMPACT_ARRAY)


@pytest.mark.parametrize("element", [5, (1,), (1, 2, 3)])
def test_an_element_that_does_not_fit_has_no_octets(element: Any) -> None:
    description = TypeDescription(DataType.STRUCTURE, (U8, U8))
    with pytest.raises(EncodeError, match="structure of 2"):
        Data.of(DataType.COMPACT_ARRAY, CompactArray(description, [element]))
