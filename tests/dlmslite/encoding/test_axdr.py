"""Tests of dlmslite.encoding.axdr."""

from __future__ import annotations

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.encoding import axdr, codec
from dlmslite.errors import DecodeError, EncodeError

LENGTHS = st.integers(0, 0xFFFFFFFF) | st.integers(0, 300)


@given(LENGTHS)
def test_a_length_round_trips(length: int) -> None:
    octets = axdr.encode_length(length)
    assert axdr.decode_length(b"\xee" + octets, 1) == (length, 1 + len(octets))


@given(LENGTHS)
def test_the_declaration_says_the_same_as_the_hand_written_length(length: int) -> None:
    octets = axdr.encode_length(length)
    assert codec.build(axdr.LENGTH, length) == octets
    assert codec.parse(axdr.LENGTH, octets) == length


@given(st.binary(max_size=6))
def test_any_octets_are_a_length_or_refused_alike(octets: bytes) -> None:
    try:
        expected: object = axdr.decode_length(octets, 0)
    except DecodeError as error:
        expected = error.code
    try:
        found: object = codec.parse_from(axdr.LENGTH, octets, 0)
    except DecodeError as error:
        found = error.code
    assert found == expected


@pytest.mark.parametrize(
    ("length", "octets"),
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")],
)
def test_d01_lengths_are_short_up_to_127_and_counted_above(length: int, octets: str) -> None:
    assert axdr.encode_length(length).hex() == octets
    assert axdr.decode_length(bytes.fromhex(octets), 0) == (length, len(octets) // 2)


def test_d01_a_length_need_not_be_the_shortest() -> None:
    assert axdr.decode_length(bytes.fromhex("820005"), 0) == (5, 3)


@pytest.mark.parametrize("octets", ["80", "85", "ff"])
def test_an_indefinite_or_absurd_length_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError) as caught:
        axdr.decode_length(bytes.fromhex("00" + octets + "0000000000"), 1)
    assert (caught.value.code, caught.value.offset) == ("bad-length", 1)


def test_a_cut_length_is_truncated() -> None:
    for octets in (b"", b"\x82\x01"):
        with pytest.raises(DecodeError) as caught:
            axdr.decode_length(octets, 0)
        assert caught.value.code == "truncated"


@pytest.mark.parametrize("length", [-1, 2**32])
def test_what_is_no_length_has_no_octets(length: int) -> None:
    with pytest.raises(EncodeError):
        axdr.encode_length(length)


@given(st.none() | st.binary(max_size=200))
def test_an_optional_value_round_trips(value: bytes | None) -> None:
    wire = axdr.optional(axdr.OCTETS)
    octets = codec.build(wire, value)
    assert octets[0] == (value is not None)
    assert codec.parse(wire, octets) == value


@given(st.integers(0, 255))
def test_a_default_is_written_without_its_value(value: int) -> None:
    wire = axdr.default(construct.Byte, 7)
    octets = codec.build(wire, value)
    assert octets == (b"\0" if value == 7 else bytes((1, value)))
    assert codec.parse(wire, octets) == value


def test_a_presence_flag_is_00_or_01() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse_from(axdr.optional(construct.Byte), b"\xaa\x02\x05", 1)
    assert (caught.value.code, caught.value.offset) == ("bad-presence-flag", 1)


@given(st.lists(st.binary(max_size=3), max_size=200))
def test_a_sequence_round_trips(values: list[bytes]) -> None:
    wire = axdr.sequence_of(axdr.OCTETS)
    assert codec.parse(wire, codec.build(wire, values)) == values


def test_a_false_count_ends_with_the_input() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(axdr.sequence_of(construct.Byte), bytes.fromhex("84ffffffff01"))
    assert caught.value.code == "truncated"


def test_a_choice_is_a_tag_and_what_it_announces() -> None:
    wire = axdr.choice({1: construct.Byte, 9: axdr.OCTETS})
    assert codec.parse(wire, b"\x01\x05") == (1, 5)
    assert codec.build(wire, (9, b"ab")) == b"\x09\x02ab"


def test_an_unassigned_tag_is_refused_by_the_code_of_the_choice() -> None:
    wire = axdr.choice({1: construct.Byte}, code="unknown-type")
    with pytest.raises(DecodeError) as caught:
        codec.parse(wire, b"\x02\x05")
    assert (caught.value.code, caught.value.offset) == ("unknown-type", 0)
    with pytest.raises(EncodeError):
        codec.build(wire, (2, 5))
