"""The BER of ACSE: fields, lengths, integers, bit strings, object identifiers."""

from __future__ import annotations

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.encoding import ber, codec
from dlmslite.errors import DecodeError, DlmsError, EncodeError

TEXT = ber.Field(0x04, construct.GreedyBytes, what="text")
SEQUENCE = ber.Field(
    0x60,
    construct.Struct(
        "number" / ber.integer(0xA1, what="number"),
        "text" / ber.octet_string(0xA2, what="text"),
        "bits" / ber.bit_string(0x83, what="bits"),
        ber.EndOfFields(),
    ),
    what="sequence",
)


def refused(wire: object, hexadecimal: str) -> tuple[str, int]:
    with pytest.raises(DecodeError) as caught:
        codec.parse(wire, bytes.fromhex(hexadecimal))
    return caught.value.code, caught.value.offset


@pytest.mark.parametrize(
    ("length", "octets"),
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65536, "83010000")],
)
def test_a_length_takes_its_shortest_form(length: int, octets: str) -> None:
    assert ber.encode_length(length).hex() == octets


@pytest.mark.parametrize("prefix", ["03", "8103", "820003", "8400000003"])
def test_p05_a_length_may_be_long_form(prefix: str) -> None:
    assert codec.parse(TEXT, bytes.fromhex(f"04{prefix}414243")) == b"ABC"


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 70000])
def test_content_of_any_length_comes_back(length: int) -> None:
    assert codec.parse(TEXT, codec.build(TEXT, bytes(length))) == bytes(length)


def test_a_length_that_is_indefinite_or_huge_is_refused() -> None:
    assert refused(TEXT, "0480") == ("bad-length", 1)
    assert refused(TEXT, "04850000000001") == ("bad-length", 1)


def test_a_cut_field_is_refused_where_it_is_cut() -> None:
    assert refused(TEXT, "") == ("truncated", 0)
    assert refused(TEXT, "04") == ("truncated", 1)
    assert refused(TEXT, "0482") == ("truncated", 2)
    assert refused(TEXT, "04034142") == ("truncated", 4)


def test_offsets_count_from_the_start_of_the_apdu_however_deep_the_fault() -> None:
    assert refused(SEQUENCE, "6005 a103 0302 01 ") == ("bad-ber-tag", 4)
    assert refused(SEQUENCE, "6004 a102 0200") == ("truncated", 6)


def test_a_field_out_of_place_is_refused() -> None:
    assert refused(SEQUENCE, "600a a203 0401 41 a103 0201 05") == ("bad-ber-tag", 7)


def test_octets_behind_a_field_are_refused() -> None:
    assert refused(TEXT, "0401414243") == ("trailing-bytes", 3)


def test_a_missing_field_is_named_as_its_declaration_says() -> None:
    wire = ber.Field(0x04, construct.GreedyBytes, what="text", missing="missing-field")

    assert refused(wire, "0500") == ("missing-field", 0)
    assert refused(wire, "") == ("missing-field", 0)
    assert refused(TEXT, "0500") == ("bad-ber-tag", 0)


def test_a_required_field_cannot_be_left_out() -> None:
    with pytest.raises(EncodeError, match="text must not be absent"):
        codec.build(TEXT, None)


@given(
    number=st.none() | st.integers(-(2**31), 2**31 - 1),
    text=st.none() | st.binary(max_size=300),
    bits=st.none() | st.text("01", max_size=40),
)
def test_a_sequence_comes_back(number: int | None, text: bytes | None, bits: str | None) -> None:
    value = {"number": number, "text": text, "bits": bits}

    parsed = codec.parse(SEQUENCE, codec.build(SEQUENCE, value))

    assert (parsed.number, parsed.text, parsed.bits) == (number, text, bits)


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "0080"),
        (-1, "ff"),
        (-128, "80"),
        (-129, "ff7f"),
        (256, "0100"),
    ],
)
def test_an_integer_is_twos_complement(number: int, octets: str) -> None:
    assert codec.parse(ber.Integer(), bytes.fromhex(octets)) == number
    assert codec.build(ber.Integer(), number).hex() == octets


def test_an_integer_has_one_to_four_octets() -> None:
    assert refused(ber.Integer(), "") == ("truncated", 0)
    assert refused(ber.Integer(), "0000000001") == ("bad-length", 0)


@pytest.mark.parametrize(("bits", "octets"), [("", "00"), ("1", "0780"), ("101010101", "07aa80")])
def test_a_bit_string_counts_its_unused_bits(bits: str, octets: str) -> None:
    assert codec.build(ber.BitString(), bits).hex() == octets
    assert codec.parse(ber.BitString(), bytes.fromhex(octets)) == bits


@pytest.mark.parametrize("octets", ["0880", "07"])
def test_more_unused_bits_than_there_are_is_refused(octets: str) -> None:
    assert refused(ber.BitString(), octets) == ("bad-bit-string", 0)


def test_an_object_identifier_keeps_its_last_arc() -> None:
    wire = ber.LastArc(bytes.fromhex("60857405"))

    assert codec.build(wire, 8).hex() == "6085740508"
    assert codec.parse(wire, bytes.fromhex("6085740508")) == 8
    assert refused(wire, "6085740608") == ("bad-oid", 0)
    assert refused(wire, "60857405") == ("bad-oid", 0)
    assert refused(wire, "6085740588") == ("bad-oid", 4)
    with pytest.raises(EncodeError, match="arc 128"):
        codec.build(wire, 128)


@given(st.binary(max_size=60))
def test_any_octets_give_a_value_or_an_error_of_ours(octets: bytes) -> None:
    for wire in (SEQUENCE, TEXT, ber.Integer(), ber.BitString(), ber.LastArc(b"\x60")):
        try:
            codec.parse(wire, octets)
        except DlmsError as error:
            assert isinstance(error, DecodeError)
            assert 0 <= error.offset <= len(octets)
