"""Tests of dlmslite.values.kinds."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import bit_strings, delta_types

from dlmslite.errors import EncodeError
from dlmslite.values.kinds import (
    DELTA_TYPES,
    DONT_CARE,
    Bcd,
    BitString,
    DataType,
    Delta,
    Enum,
    Float32,
)


@given(bit_strings)
def test_a_bit_string_round_trips(value: BitString) -> None:
    assert BitString.unpack(value.pack(), len(value)) == value


def test_d08_the_first_bit_is_the_most_significant() -> None:
    value = BitString.unpack(b"\xa0", 3)
    assert (str(value), len(value), value[0], value[1]) == ("101", 3, True, False)
    assert value.pack() == b"\xa0"
    assert BitString.unpack(b"", 0).pack() == b""


def test_d08_padding_is_no_part_of_the_value() -> None:
    assert BitString.unpack(b"\xbf", 3) == BitString("101")


def test_a_bit_string_is_of_bits() -> None:
    with pytest.raises(EncodeError):
        BitString("012")


@given(delta_types, st.integers(-128, 127))
def test_a_delta_knows_its_type_wherever_it_goes(kind: DataType, value: int) -> None:
    delta = Delta(value, kind)
    for twin in (delta, copy.copy(delta), pickle.loads(pickle.dumps(delta))):
        assert (twin, twin.type) == (value, kind)


def test_d13_there_are_six_delta_types() -> None:
    assert sorted(DELTA_TYPES) == [0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x21]


def test_d09_numbers_keep_their_kind() -> None:
    assert Enum(5) == 5
    assert [repr(kind) for kind in (Enum(5), Bcd(0x42), Float32(1.5), BitString("1"))] == [
        "Enum(5)",
        "Bcd(0x42)",
        "Float32(1.5)",
        "BitString('1')",
    ]
    assert repr(Delta(-1, DataType.DELTA_LONG)) == "Delta(-1, DataType.DELTA_LONG)"


def test_d15_dont_care_is_one_and_is_not_null() -> None:
    assert DONT_CARE is not None
    assert pickle.loads(pickle.dumps(DONT_CARE)) is DONT_CARE
    assert copy.deepcopy(DONT_CARE) is DONT_CARE
    assert repr(DONT_CARE) == "DONT_CARE"


def test_labels_are_the_names_of_the_standard() -> None:
    assert DataType.LONG64_UNSIGNED.label == "long64-unsigned"
    assert DataType.UTF8_STRING.label == "utf8-string"
    assert DataType.DELTA_DOUBLE_LONG_UNSIGNED.label == "delta-double-long-unsigned"
