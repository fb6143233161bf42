"""The single-phase model measures like a meter: energy never falls, the profile goes on."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.codes import DataAccessResult
from dlmslite.simulator.models.single_phase import (
    CLOCK,
    CURRENT,
    ENERGY,
    EPOCH,
    PERIOD,
    PROFILE,
    SERIAL,
    STATUS,
    VOLTAGE,
    Load,
    meter_time,
    single_phase,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference, CaptureObject
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)
METER = single_phase(days=1)
COLUMN = CaptureObject(8, CLOCK, 2)


def get(class_id: int, obis: Obis, attribute: int = 2, selection: Any = None) -> Any:
    answer = METER.read(AttributeReference(class_id, obis, attribute, selection), NOW)
    return answer.plain if isinstance(answer, Data) else answer


def times(rows: list[Any]) -> list[dt.datetime]:
    return [TimePolicy().aware_octets(row[0]) for row in rows]


def test_the_registers_are_those_of_the_lab_meter() -> None:
    assert get(3, VOLTAGE, 3) == (-2, 35)
    assert get(3, CURRENT, 3) == (-3, 33)
    assert get(3, ENERGY, 3) == (0, 30)
    assert 12_000 < get(3, VOLTAGE) < 13_500
    assert get(1, SERIAL) == b"SIM00000001"


def test_phases_b_and_c_are_undefined_as_on_the_lab_meter() -> None:
    assert get(3, Obis.parse("1.1.52.7.0.255")) is DataAccessResult.OBJECT_UNDEFINED


@given(
    st.lists(st.integers(min_value=0, max_value=10**9), min_size=2),
    st.integers(min_value=0, max_value=100),
)
def test_energy_never_falls(seconds: list[int], seed: int) -> None:
    load = Load(seed)
    energies = [load.energy(EPOCH + dt.timedelta(seconds=number)) for number in sorted(seconds)]
    assert all(before <= after for before, after in pairwise(energies))


def test_the_same_seed_and_time_give_the_same_value() -> None:
    assert Load(3).voltage(NOW) == Load(3).voltage(NOW)
    assert Load(3).energy(NOW) != Load(4).energy(NOW)


def test_d03_the_clock_tells_local_time_with_the_deviation_of_colombia() -> None:
    shown = CosemDateTime.decode(get(8, CLOCK))
    assert (shown.hour, shown.deviation) == (7, 300)
    assert TimePolicy().aware(shown) == NOW
    assert get(8, CLOCK, 3) == 300


def test_a_clock_that_is_ahead_shows_it() -> None:
    ahead = single_phase(clock_offset=dt.timedelta(minutes=10))
    answer = ahead.read(AttributeReference(8, CLOCK, 2), NOW)
    assert isinstance(answer, Data)
    assert TimePolicy().aware_octets(answer.plain) == NOW + dt.timedelta(minutes=10)


def test_the_whole_profile_has_a_row_each_quarter_up_to_now() -> None:
    rows = get(7, PROFILE)
    moments = times(rows)
    assert len(rows) == get(7, PROFILE, 7) == get(7, PROFILE, 8) == 96
    assert moments[-1] == NOW.replace(minute=0)
    assert all((b - a).total_seconds() == PERIOD for a, b in pairwise(moments))
    assert rows[-1][2] == Load().energy(moments[-1])


def test_x18_a_range_includes_both_ends() -> None:
    start, end = NOW - dt.timedelta(hours=2), NOW - dt.timedelta(hours=1)
    bounds = (meter_time(start.replace(minute=0)), meter_time(end.replace(minute=0)))
    rows = get(7, PROFILE, 2, RangeDescriptor.of_times(*bounds, COLUMN))
    assert times(rows) == [start.replace(minute=0) + dt.timedelta(minutes=15) * n for n in range(5)]


def test_x18_a_range_may_select_columns() -> None:
    bound = Data.of(DataType.OCTET_STRING, meter_time(NOW.replace(minute=0)).encode())
    wanted = (CaptureObject(3, ENERGY, 2), CaptureObject(1, STATUS, 2))
    rows = get(7, PROFILE, 2, RangeDescriptor(COLUMN, bound, bound, wanted))
    assert [len(row) for row in rows] == [2]


def test_x18_entries_count_from_one_and_zero_is_to_the_end() -> None:
    everything = get(7, PROFILE)
    assert get(7, PROFILE, 2, EntryDescriptor(1, 3)) == everything[:3]
    assert get(7, PROFILE, 2, EntryDescriptor(95, 0)) == everything[94:]
    assert get(7, PROFILE, 2, EntryDescriptor(1, 1, 2, 3)) == [everything[0][1:3]]


@pytest.mark.parametrize("attribute", [2, 3])
def test_a_register_has_nothing_to_select(attribute: int) -> None:
    entries = EntryDescriptor(1, 2)
    assert get(3, VOLTAGE, attribute, entries) is DataAccessResult.OTHER_REASON
    assert get(8, CLOCK, 2, entries) is DataAccessResult.OTHER_REASON


def test_a_range_without_a_date_is_refused() -> None:
    nothing = Data.of(DataType.OCTET_STRING, CosemDateTime().encode())
    number = Data.of(DataType.UNSIGNED, 1)
    for bound in (nothing, number):
        selection = RangeDescriptor(COLUMN, bound, bound)
        assert get(7, PROFILE, 2, selection) is DataAccessResult.TYPE_UNMATCHED
