"""What meters are made of: clocks with daylight saving, tables with selections."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.codes import DataAccessResult
from dlmslite.simulator.models.base import (
    CLOCK,
    CLOCK_CLASS,
    EPOCH,
    Captured,
    CapturedTable,
    MeterClock,
    data,
    every,
    noise,
    register,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import CaptureObject
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.units import Unit

NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
NAME = Obis.parse("1.0.99.2.0.255")
BERLIN = ZoneInfo("Europe/Berlin")


def table(clock: MeterClock, capacity: int = 5) -> CapturedTable:
    number = Captured(
        1, Obis.parse("0.0.96.10.1.255"), lambda time: Data.of(DataType.UNSIGNED, time.day)
    )
    columns = (Captured(CLOCK_CLASS, CLOCK, clock.octets), number)
    return CapturedTable(NAME, columns, 86_400, capacity, every(86_400, capacity), clock)


def days(answer: object) -> list[int]:
    assert isinstance(answer, Data)
    return [row[-1] for row in answer.plain]


def test_d03_a_clock_with_daylight_saving_says_so() -> None:
    clock = MeterClock(BERLIN)
    summer, winter = clock.shown(NOW), clock.shown(NOW.replace(month=1))

    assert (summer.hour, summer.deviation, summer.status.raw) == (14, -120, 0x80)
    assert (winter.hour, winter.deviation, winter.status.raw) == (13, -60, 0)
    assert TimePolicy().aware(summer) == NOW
    assert clock.as_object().read(3, NOW, None).plain == -60


def test_a_clock_that_is_ahead_shows_and_captures_it() -> None:
    clock = MeterClock(dt.UTC, dt.timedelta(hours=13))

    shown = clock.as_object().read(2, NOW, None)
    assert TimePolicy().aware_octets(shown.plain) == NOW + dt.timedelta(hours=13)
    assert days(table(clock).buffer(NOW, None))[-1] == 2


def test_a_table_keeps_the_newest_rows() -> None:
    found = table(MeterClock(dt.UTC))

    assert days(found.buffer(NOW, None)) == [27, 28, 29, 30, 1]
    assert found.as_object().read(7, NOW, None).plain == 5
    assert found.as_object().read(7, EPOCH, None).plain == 1


def test_bounds_without_a_deviation_are_local_time() -> None:
    found = table(MeterClock(BERLIN))
    bound = MeterClock(BERLIN).shown(dt.datetime(2026, 6, 29, tzinfo=dt.UTC))
    naive = type(bound)(year=2026, month=6, day=29, hour=2, minute=0, second=0)

    for moment in (bound, naive):
        selection = RangeDescriptor.of_times(moment, moment, CaptureObject(CLOCK_CLASS, CLOCK, 2))
        assert days(found.buffer(NOW, selection)) == [29]


def test_entries_and_columns_are_counted_from_one() -> None:
    answer = table(MeterClock(dt.UTC)).buffer(NOW, EntryDescriptor(2, 3, 2, 2))

    assert isinstance(answer, Data)
    assert answer.plain == [(28,), (29,)]


@pytest.mark.parametrize("attribute", [2, 3])
def test_a_register_selects_nothing(attribute: int) -> None:
    item = register(NAME, lambda _: 7, DataType.UNSIGNED, -1, Unit.VOLT)

    assert item.read(attribute, NOW, EntryDescriptor(1, 1)) is DataAccessResult.OTHER_REASON
    assert item.read(attribute, NOW, None).plain in (7, (-1, 35))


def test_data_never_changes() -> None:
    item = data(NAME, Data.of(DataType.UNSIGNED, 3))

    assert item.read(2, NOW, None).plain == item.read(2, EPOCH, None).plain == 3


@given(st.integers(0, 1000), st.text(max_size=10), st.integers(0, 10**9), st.integers(0, 100))
def test_noise_stays_within_its_width_and_is_the_same_again(
    seed: int, name: str, second: int, width: int
) -> None:
    when = dt.datetime.fromtimestamp(second, dt.UTC)
    assert abs(noise(seed, name, when, width)) <= width
    assert noise(seed, name, when + dt.timedelta(milliseconds=1), width) == noise(
        seed, name, when, width
    )


def test_noise_tells_meters_and_seconds_apart() -> None:
    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    later = when + dt.timedelta(seconds=1)
    told = [noise(seed, "v", time, 10**6) for seed in (1, 2) for time in (when, later)]
    assert len(set(told)) == 4
