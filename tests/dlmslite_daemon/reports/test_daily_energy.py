"""Energy by day: exact to the last digit, sums that agree, gaps and falls by name."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.reports.base import REPORTS, Sources, Window, Wish
from dlmslite_daemon.reports.daily_energy import days_of, energy_of, is_register
from dlmslite_daemon.reports.render import as_csv, as_text
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.memory import MemoryStore

HOUR = 3_600_000
GAP = 15 * 60_000
DAY0 = int(dt.datetime(2026, 3, 1, tzinfo=dt.UTC).timestamp() * 1000)
REGISTER = SeriesSettings("energy", "1.0.1.8.0.255")


def value(ts_ms: int, raw: int, scaler: int = 0) -> Reading:
    return Reading("kitchen", "energy", ts_ms, ValueKind.INTEGER, raw, scaler, unit="Wh")


def test_days_are_those_of_the_zone_with_23_and_25_hours_too() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring = Window(DAY0 + 28 * 24 * HOUR - 2 * HOUR, DAY0 + 30 * 24 * HOUR)
    days = days_of(spring, berlin)
    assert [(day.date.day, (day.until_ms - day.since_ms) // HOUR) for day in days] == [
        (28, 1),
        (29, 23),
        (30, 24),
        (31, 2),
    ]
    assert all(one.until_ms == other.since_ms for one, other in itertools.pairwise(days))
    assert len(days_of(Window(DAY0, DAY0 + 24 * HOUR), dt.UTC)) == 1
    assert days_of(Window(DAY0, DAY0 + 1), None)


def test_a_day_is_the_value_at_its_end_less_the_value_at_its_begin() -> None:
    days = days_of(Window(DAY0, DAY0 + 48 * HOUR), dt.UTC)
    course = [value(DAY0 - 60_000, 999), value(DAY0 + 24 * HOUR, 5000), value(DAY0 + 48 * HOUR, 7)]
    first, second = energy_of(Course(tuple(course)), days, 72 * HOUR)
    assert (first.energy, first.first, first.last, first.complete) == (4001, 999, 5000, True)
    assert (second.energy, second.complete) == (0, False)
    assert [(fall.before, fall.after) for fall in second.falls] == [(5000, 7)]


def test_a_gap_over_midnight_is_named_in_both_days_and_counted_where_it_ended() -> None:
    days = days_of(Window(DAY0, DAY0 + 48 * HOUR), dt.UTC)
    course = [value(DAY0, 0), value(DAY0 + 20 * HOUR, 20), value(DAY0 + 30 * HOUR, 30)]
    first, second = energy_of(Course(tuple(course)), days, 21 * HOUR)
    assert (first.energy, second.energy) == (20, 10)
    assert first.gaps == second.gaps == []
    gaps = ((DAY0, DAY0 + 20 * HOUR), (DAY0 + 20 * HOUR, DAY0 + 30 * HOUR))
    first, second = energy_of(Course(tuple(course), gaps), days, 6 * HOUR)
    assert (DAY0 + 20 * HOUR, DAY0 + 24 * HOUR) in first.gaps
    assert (DAY0 + 24 * HOUR, DAY0 + 30 * HOUR) in second.gaps
    # And what is missing at the end of the window.
    assert (DAY0 + 30 * HOUR, DAY0 + 48 * HOUR) in second.gaps


def test_a_day_that_was_not_heard_has_no_energy_rather_than_nought() -> None:
    days = days_of(Window(DAY0, DAY0 + 48 * HOUR), dt.UTC)
    first, second = energy_of(Course((value(DAY0 + HOUR, 5),)), days, GAP)
    assert (first.energy, first.first) == (0, 5)
    assert (second.energy, second.first, second.last) == (None, None, None)
    assert second.gaps == [(DAY0 + 24 * HOUR, DAY0 + 48 * HOUR)]
    assert energy_of(Course(), days, GAP)[0].gaps == [(DAY0, DAY0 + 24 * HOUR)]


def test_digits_beyond_any_float_and_beyond_the_usual_context_are_kept() -> None:
    days = days_of(Window(DAY0, DAY0 + 24 * HOUR), dt.UTC)
    course = [value(DAY0, 10**40 + 1, -3), value(DAY0 + HOUR, 10**40 + 2, -3)]
    assert energy_of(Course(tuple(course)), days, 24 * HOUR)[0].energy == Decimal("0.001")


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10**30)), min_size=1, max_size=30),
    st.integers(-6, 6),
)
def test_the_days_add_up_to_the_whole(steps: list[tuple[int, int]], scaler: int) -> None:
    ts, raw, course = DAY0, 10**20, [value(DAY0, 10**20, scaler)]
    for hours, rise in steps:
        ts, raw = ts + hours * HOUR, raw + rise
        course.append(value(ts, raw, scaler))
    days = days_of(Window(DAY0, ts), ZoneInfo("America/Bogota"))
    parts = [Fraction(entry.energy or 0) for entry in energy_of(Course(tuple(course)), days, GAP)]
    assert sum(parts) == (raw - 10**20) * Fraction(10) ** scaler


@pytest.mark.parametrize(
    ("obis", "unit", "is_one"),
    [
        ("1.0.1.8.0.255", "Wh", True),
        ("1-1:2.8.4.255", "varh", True),
        ("1.0.1.7.0.255", "W", False),
        ("1.0.1.9.0.255", "Wh", False),  # monthly, starts again at nought
        ("1.0.1.8.0.255", "W", False),
    ],
)
def test_registers_are_known_by_unit_and_code(obis: str, unit: str, is_one: bool) -> None:
    assert is_register(SeriesSettings("any", obis), unit) is is_one


@pytest.fixture
def sources() -> Sources:
    clock = FakeClock(utc_ms=DAY0 + 48 * HOUR)
    store = MemoryStore(clock)
    voltage = SeriesSettings("voltage", "1.0.32.7.0.255")
    store.add_meter(MeterSettings("kitchen", "tcp://h:1", every=600, series=(REGISTER, voltage)))
    store.append([value(DAY0 + n * 600_000, 1000 + n, -1) for n in range(200)])
    store.append([evolve(value(DAY0, 2300, -1), series="voltage", unit="V")])
    return Sources(store, clock, lambda: None)


def made(sources: Sources, **wish: str) -> tuple[str, int, str]:
    kind = REPORTS.get("energy")
    assert kind is not None
    report = kind.make(sources, Wish(Window(DAY0, DAY0 + 48 * HOUR), **wish))
    return as_csv(report), report.exit_code, as_text(report)


def test_the_report_asks_the_store_and_names_the_gap(sources: Sources) -> None:
    sheet, code, text = made(sources, zone="UTC")
    assert sheet.splitlines() == [
        "day,meter,series,energy,unit,first,last,complete,gaps",
        "2026-03-01,kitchen,energy,14.4,Wh,100.0,114.4,yes,",
        "2026-03-02,kitchen,energy,5.5,Wh,114.4,119.9,no,09:10:00 to 00:00:00",
    ]
    assert code == 1
    assert text.splitlines()[-1].endswith("119.9  09:10:00 to 00:00:00")
    assert made(sources, zone="UTC", meter="1")[0] == sheet
    with pytest.raises(UnknownMeter):
        made(sources, meter="cellar")


def test_without_a_register_it_says_what_one_is(sources: Sources) -> None:
    sources.store.remove_series("kitchen", "energy")
    _, code, text = made(sources)
    assert code == 2
    assert "OBIS x.x.x.8.x" in text
