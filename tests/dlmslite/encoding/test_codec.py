"""Every way in which construct can fail becomes an error of our tree."""

from __future__ import annotations

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError

WIRE = construct.Struct(
    "kind" / construct.Const(b"\x01"),
    "size" / construct.Byte,
    "body" / construct.Switch(construct.this.size, {1: construct.Int8ub, 2: construct.Int16ub}),
)


def test_a_whole_value_is_decoded() -> None:
    assert codec.parse(WIRE, b"\x01\x02\x00\x05").body == 5
    assert codec.parse_from(WIRE, b"..\x01\x01\x07!", 2)[1] == 5


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        (b"\x01\x02\x00", "truncated", 3),
        (b"\x01\x01\x05\x06", "trailing-bytes", 3),
        (b"\x02\x01\x05", "bad-constant", 1),
    ],
)
def test_a_fault_has_a_code_and_an_offset(octets: bytes, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(WIRE, octets)
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_our_own_errors_pass_unchanged() -> None:
    def refuse(*_: object) -> None:
        raise DecodeError("bad-enum", offset=9)

    with pytest.raises(DecodeError) as caught:
        codec.parse(construct.Computed(refuse), b"")
    assert caught.value.code == "bad-enum"

    def refuse_to_build(*_: object) -> None:
        raise EncodeError("too long")

    with pytest.raises(EncodeError, match="too long"):
        codec.build(construct.Rebuild(construct.Byte, refuse_to_build), None)


def test_any_other_failure_is_malformed() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(construct.Computed(lambda _: 1 // 0), b"")
    assert caught.value.code == "malformed"


def test_a_value_without_octets_is_an_encode_error() -> None:
    assert codec.build(construct.Byte, 255) == b"\xff"
    with pytest.raises(EncodeError, match="value cannot be encoded"):
        codec.build(construct.Byte, 256)


@given(st.binary(max_size=8))
def test_any_octets_give_a_value_or_a_decode_error(octets: bytes) -> None:
    try:
        codec.parse(WIRE, octets)
    except DecodeError as error:
        assert 0 <= error.offset <= len(octets)
