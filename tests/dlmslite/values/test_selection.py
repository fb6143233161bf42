from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from strategies.times import entries, ranges
from strategies.values import data_values

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.selection import CLOCK_TIME, EntryDescriptor, RangeDescriptor
from dlmslite.values.times import CosemDateTime

MARCH = CosemDateTime(2026, 3, 1, None, 0, 0, 0, 0, 300)
APRIL = CosemDateTime(2026, 4, 1, None, 0, 0, 0, 0, 300)


@given(ranges())
def test_round_trip_of_ranges(selection: RangeDescriptor) -> None:
    assert RangeDescriptor.from_data(Data.decode(selection.parameters.encode())) == selection


@given(entries())
def test_round_trip_of_entries(selection: EntryDescriptor) -> None:
    assert EntryDescriptor.from_data(Data.decode(selection.parameters.encode())) == selection


@given(data_values)
def test_any_parameters_are_a_selection_or_a_decode_error(parameters: Data) -> None:
    for kind in (RangeDescriptor, EntryDescriptor):
        with suppress(DecodeError):
            assert kind.from_data(parameters).selector in {1, 2}


def test_x18_a_range_restricts_by_attribute_2_of_the_clock() -> None:
    selection = RangeDescriptor.of_times(MARCH, APRIL)
    assert selection.selector == 1
    assert selection.restricting_object == CLOCK_TIME
    assert selection.parameters.encode().hex() == (
        "0204"
        "020412000809060000010000ff0f02120000"
        "090c07ea0301ff00000000012cff"
        "090c07ea0401ff00000000012cff"
        "0100"
    )


def test_x18_a_range_may_restrict_another_column_and_name_the_columns_wanted() -> None:
    number = Data.of(DataType.DOUBLE_LONG_UNSIGNED, 5)
    selection = RangeDescriptor(CLOCK_TIME, number, number, [CLOCK_TIME])
    assert selection.selected_values == (CLOCK_TIME,)
    assert selection.parameters.plain[3] == [(8, CLOCK_TIME.obis.octets, 2, 0)]


def test_x18_entries_count_from_one_and_zero_is_to_the_end() -> None:
    assert EntryDescriptor().selector == 2
    assert EntryDescriptor().parameters.encode().hex() == ("020406000000010600000000120001120000")


@pytest.mark.parametrize(
    "bounds", [(0,), (1, -1), (2**32,), (1, 2**32), (1, 0, 0), (1, 0, 1, -1), (1, 0, 65536)]
)
def test_x18_other_numbers_are_refused(bounds: tuple[int, ...]) -> None:
    with pytest.raises(EncodeError, match="count from 1"):
        EntryDescriptor(*bounds)


@pytest.mark.parametrize(
    "octets",
    [
        "00",
        "0200",
        "02040600000001060000000012000100",
        "020406000000000600000000120001120000",
        "01040600000001060000000006000000010600000000",
    ],
)
def test_other_parameters_are_no_entries(octets: str) -> None:
    with pytest.raises(DecodeError) as caught:
        EntryDescriptor.from_data(Data.decode(bytes.fromhex(octets)))
    assert caught.value.code == "bad-selection"


def test_a_range_whose_columns_are_no_array_is_refused() -> None:
    parts = [CLOCK_TIME.to_data(), *[Data.of(DataType.NULL_DATA)] * 3]
    with pytest.raises(DecodeError, match="no array"):
        RangeDescriptor.from_data(Data.of(DataType.STRUCTURE, parts))
