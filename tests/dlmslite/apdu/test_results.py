"""Codes and results in declarations."""

from __future__ import annotations

import construct
import pytest
from hypothesis import given
from strategies.apdus import results

from dlmslite.apdu.results import RESULT, Coded, DataOctets, value_or_code
from dlmslite.codes import DataAccessResult, ReleaseRequestReason
from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values.data import Data


@given(results())
def test_a_result_comes_back(result: Data | DataAccessResult) -> None:
    assert codec.parse(RESULT, codec.build(RESULT, result)) == result


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("", "truncated", 0),
        ("01", "truncated", 1),
        ("02", "bad-choice", 0),
        ("0107", "bad-enum", 1),
    ],
)
def test_an_unsound_result_is_refused_where_it_is_unsound(
    octets: str, code: str, offset: int
) -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(RESULT, bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


def test_x10_an_undefined_code_survives_lenient_decoding() -> None:
    result = codec.parse(RESULT, bytes.fromhex("0107"), lenient=True)

    assert result == DataAccessResult(7)
    assert codec.build(RESULT, result).hex() == "0107"


def test_a_code_may_be_held_by_any_number() -> None:
    wire = Coded(ReleaseRequestReason, construct.Int8sb, code="bad-choice")

    assert codec.parse(wire, b"\x1e") is ReleaseRequestReason.USER_DEFINED
    for octet in (b"\x05", b"\xff"):
        with pytest.raises(DecodeError) as caught:
            codec.parse(wire, octet)
        assert caught.value.code == "bad-choice"


def test_a_negative_code_is_refused_however_lenient() -> None:
    with pytest.raises(DecodeError):
        codec.parse(Coded(ReleaseRequestReason, construct.Int8sb), b"\xff", lenient=True)


def test_a_code_beyond_an_octet_cannot_be_written() -> None:
    with pytest.raises(EncodeError):
        codec.build(RESULT, DataAccessResult(256))


def test_data_stops_where_it_ends() -> None:
    wire = construct.Struct("first" / DataOctets(), "second" / DataOctets())

    value = codec.parse(wire, bytes.fromhex("0901ff 1105"))

    assert (value.first.plain, value.second.plain) == (b"\xff", 5)


def test_the_value_of_a_choice_is_up_to_the_service() -> None:
    wire = value_or_code(construct.Byte)

    assert codec.parse(wire, b"\x00\x2a") == 42
    assert codec.build(wire, 42) == b"\x00\x2a"
