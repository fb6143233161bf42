"""Tests of dlmslite.values.data."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load
from strategies.values import LEAVES, data_values

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values.compact_array import DEPTH_MAX, CompactArray
from dlmslite.values.data import _WIRE, Data, decode_plain
from dlmslite.values.kinds import DONT_CARE, Bcd, BitString, DataType, Enum, Float32, TypedValue
from dlmslite.values.times import CosemDate, CosemDateTime, CosemTime

VECTORS = [vector for vector in load("axdr") if "form" not in vector and vector["valid"]]
# Octets that look like Data more often than chance has it.
LIKELY = st.lists(
    st.sampled_from([bytes((tag,)) for tag in (*DataType, 7, 14, 0x81, 0x82)])
    | st.binary(max_size=4),
    max_size=12,
).map(b"".join)


def plain_of(value: Any) -> Any:
    """A tree's plain form, with NaN made equal to itself."""
    if isinstance(value, TypedValue):
        if value.type == DataType.ARRAY:
            return [plain_of(element) for element in value.value]
        return plain_of(value.value)
    if isinstance(value, CompactArray):
        return value.description, plain_of(list(value.elements))
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, list | tuple):
        return type(value)(map(plain_of, value))
    return value


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vector(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    data = Data.decode(octets)
    assert data.encode() == octets
    assert Data.of_tree(data.tree()) == data


@given(data_values)
def test_every_value_round_trips(data: Data) -> None:
    decoded = Data.decode(data.encode())
    assert decoded == data
    assert plain_of(decoded.plain) == plain_of(data.plain)
    assert Data.of_tree(data.tree()) == data


@given(data_values)
def test_the_hot_decoder_says_what_the_declaration_says(data: Data) -> None:
    tree = codec.parse(_WIRE, data.octets)
    assert plain_of(tree) == plain_of(decode_plain(data.octets)[0])
    assert codec.build(_WIRE, tree) == data.octets


@given(LIKELY | st.binary(max_size=30))
def test_the_hot_decoder_accepts_what_the_declaration_accepts(octets: bytes) -> None:
    try:
        plain, end = decode_plain(octets)
    except DecodeError as error:
        assert 0 <= error.offset <= len(octets)
        with pytest.raises(DecodeError):
            codec.parse_from(_WIRE, octets, 0)
        return
    try:
        tree, tree_end = codec.parse_from(_WIRE, octets, 0)
    except DecodeError as error:
        assert error.code == "bad-utf8"
        return
    assert (plain_of(tree), tree_end) == (plain_of(plain), end)


@given(data_values, st.binary(max_size=3), st.binary(max_size=3))
def test_a_value_is_found_among_other_octets(data: Data, before: bytes, behind: bytes) -> None:
    octets = before + data.octets + behind
    found = Data.decode_from(octets, len(before))
    assert found == (data, len(before) + len(data.octets))


@given(data_values)
def test_every_cut_is_refused_at_an_offset_inside(data: Data) -> None:
    for size in range(len(data.octets)):
        with pytest.raises(DecodeError) as caught:
            Data.decode(data.octets[:size])
        assert caught.value.offset <= size


def test_d17_octets_behind_a_value_are_refused() -> None:
    with pytest.raises(DecodeError) as caught:
        Data.decode(b"\x11\x05\x05")
    assert (caught.value.code, caught.value.offset) == ("trailing-bytes", 2)
    with pytest.raises(DecodeError):
        Data(b"\x11\x05\x05")


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("", "truncated", 0),
        ("0202 1105 1201", "truncated", 4),
        ("0103 1101", "truncated", 2),
        ("0203 1101 1102 0b00", "unknown-type", 6),
        ("0201 0980", "bad-length", 3),
        ("0201 0905 01020304", "truncated", 2),
        ("0201 1907ea0d01ff00000000800000", "bad-datetime", 5),
    ],
)
def test_d17_what_is_wrong_is_told_with_its_offset(octets: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        Data.decode(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


@pytest.mark.parametrize(
    ("octets", "plain"),
    [
        ("00", None),
        ("ff", DONT_CARE),
        ("0302", True),
        ("0300", False),
        ("0403bf", BitString("101")),
        ("05ffffffff", -1),
        ("06ffffffff", 0xFFFFFFFF),
        ("0903010203", b"\1\2\3"),
        ("0a0141", "A"),
        ("0c02c3bc", "ü"),
        ("0d42", Bcd(0x42)),
        ("0fff", -1),
        ("10ffff", -1),
        ("11ff", 255),
        ("12ffff", 65535),
        ("14ffffffffffffffff", -1),
        ("15ffffffffffffffff", 2**64 - 1),
        ("1621", Enum(0x21)),
        ("1741480000", Float32(12.5)),
        ("184029000000000000", 12.5),
        ("1a07e80b15ff", CosemDate.decode(bytes.fromhex("07e80b15ff"))),
        ("1b081e0f17", CosemTime.decode(bytes.fromhex("081e0f17"))),
        ("0102 1101 00", [1, None]),
        ("0202 1101 00", (1, None)),
    ],
)
def test_the_plain_form_is_python_s_own_where_there_is_one(octets: str, plain: Any) -> None:
    data = Data.decode(bytes.fromhex(octets))
    assert data.plain == plain
    assert type(data.plain) is type(plain)


@pytest.mark.parametrize("kind", sorted(LEAVES))
def test_every_type_is_made_from_its_plain_form(kind: DataType) -> None:
    @given(LEAVES[kind])
    def made(value: Any) -> None:
        data = Data.of(kind, value)
        assert data.type == kind
        assert Data.of(kind, data.plain) == data

    made()


def test_d07_a_date_time_may_have_a_tag_of_its_own() -> None:
    octets = bytes.fromhex("07e40106ff00030000ffc400")
    data = Data.decode(b"\x19" + octets)
    assert data.plain == CosemDateTime.decode(octets)
    assert Data.decode(b"\x09\x0c" + octets).plain == octets


def test_d10_tag_7_is_no_float() -> None:
    with pytest.raises(DecodeError) as caught:
        Data.decode(bytes.fromhex("0741480000"))
    assert caught.value.code == "unknown-type"


def test_d11_strings_of_any_octets_do_not_raise() -> None:
    assert Data.decode(b"\x0a\x01\xfc").plain == "ü"
    invalid = Data.decode(b"\x0c\x02\xff\x41")
    assert Data.of(DataType.UTF8_STRING, invalid.plain) == invalid
    with pytest.raises(DecodeError) as caught:
        invalid.tree()
    assert caught.value.code == "bad-utf8"


def test_d16_values_nest_only_so_deep() -> None:
    def nested(levels: int) -> bytes:
        return b"\1\1" * levels + b"\0"

    Data.decode(nested(DEPTH_MAX)).tree()
    for levels in (DEPTH_MAX + 1, 10_000):
        with pytest.raises(DecodeError) as caught:
            Data.decode(nested(levels))
        assert caught.value.code == "too-deep"


def test_d16_a_count_promises_no_memory() -> None:
    with pytest.raises(DecodeError) as caught:
        Data.decode(bytes.fromhex("0184ffffffff00"))
    assert (caught.value.code, caught.value.offset) == ("truncated", 6)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (DataType.UNSIGNED, 256),
        (DataType.INTEGER, -129),
        (DataType.LONG_UNSIGNED, "5"),
        (DataType.OCTET_STRING, "text"),
        (DataType.VISIBLE_STRING, "€"),
        (DataType.BIT_STRING, "101"),
        (DataType.DATE_TIME, 5),
        (DataType.FLOAT32, 1e300),
        (DataType.NULL_DATA, 0),
        (DataType.DONT_CARE, 0),
        (DataType.COMPACT_ARRAY, [1]),
        (DataType(7), b""),
    ],
)
def test_a_value_that_a_type_cannot_hold_has_no_octets(kind: DataType, value: Any) -> None:
    with pytest.raises(EncodeError):
        Data.of(kind, value)


def test_data_is_equal_by_its_octets() -> None:
    one = Data.of(DataType.ARRAY, [Data.of(DataType.UNSIGNED, 1)])
    assert one == Data.decode(b"\1\1\x11\1")
    assert hash(one) == hash(Data.decode(b"\1\1\x11\1"))
    assert one.plain == [1]
    assert repr(one) == r"Data(octets=b'\x01\x01\x11\x01')"


def test_any_kind_of_buffer_is_decoded() -> None:
    for octets in (bytearray(b"\2\1\x09\1A"), memoryview(b"\2\1\x09\1A")):
        assert Data.decode(bytes(octets)).plain == (b"A",)
        assert decode_plain(octets) == ((b"A",), 5)  # type: ignore[arg-type] # what callers may do
