"""Rows of quarters and days say exactly what their readings said, in whatever order they came."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Context, Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.reading import Lane, Quality, Reading, ValueKind
from dlmslite_daemon.store.rollup import (
    QUARTER_MS,
    Gathering,
    day_of,
    days,
    merged,
    of_reading,
    quarter_of,
)

EXACT = Context(prec=2000)
TIMES = st.integers(0, 3 * QUARTER_MS)
NUMBERS = st.one_of(
    st.builds(
        lambda ts, raw, scaler, good: Reading(
            "m", "s", ts, ValueKind.INTEGER, raw, scaler,
            quality=Quality.GOOD if good else Quality.SUSPECT,
        ),
        TIMES, st.integers(-(1 << 70), 1 << 70), st.integers(-12, 9), st.booleans(),
    ),
    st.builds(
        lambda ts, value: Reading("m", "s", ts, ValueKind.FLOAT, text=repr(value)),
        TIMES, st.floats(-1e12, 1e12),
    ),
)  # fmt: skip


def numbers(readings: list[Reading]) -> list[Decimal]:
    return [Decimal(reading.value_text()) for reading in readings]


@given(st.lists(NUMBERS, min_size=1, max_size=30, unique_by=lambda r: r.ts_ms), st.randoms())
def test_a_row_is_what_its_readings_are(readings: list[Reading], chance: object) -> None:
    shuffled = list(readings)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    gathering = Gathering()
    for reading in shuffled:
        gathering.add(7, of_reading(reading, quarter_of(reading.ts_ms)))
    for (series, start_ms, lane), row in gathering.rows.items():
        own = sorted(
            (r for r in readings if start_ms <= r.ts_ms < start_ms + QUARTER_MS),
            key=lambda r: r.ts_ms,
        )
        values = numbers(own)
        total = Decimal(0)
        for value in values:
            total = EXACT.add(total, value)
        assert (series, lane, row.count) == (7, Lane.LIVE, len(own))
        assert row.suspect == sum(r.quality is Quality.SUSPECT for r in own)
        assert (row.first_ms, row.first) == (own[0].ts_ms, own[0].value_text())
        assert (row.last_ms, row.last) == (own[-1].ts_ms, own[-1].value_text())
        assert Decimal(row.lowest or "") == min(values)
        assert Decimal(row.highest or "") == max(values)
        assert Decimal(row.total or "") == total
        assert "E" not in (row.total or "")
    assert sum(row.count for row in gathering.rows.values()) == len(readings)


@given(st.lists(NUMBERS, min_size=2, max_size=20, unique_by=lambda r: r.ts_ms), st.integers(1, 19))
def test_it_is_the_same_however_readings_were_split(readings: list[Reading], cut: int) -> None:
    rows = [of_reading(reading, 0) for reading in readings]
    whole = rows[0]
    for row in rows[1:]:
        whole = merged(whole, row)
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    halves = []
    for part in parts:
        half = part[0]
        for row in part[1:]:
            half = merged(half, row)
        halves.append(half)
    again = halves[0] if len(halves) == 1 else merged(halves[1], halves[0])
    for name in ("lowest", "highest", "total"):
        assert Decimal(getattr(again, name)) == Decimal(getattr(whole, name))
    assert (again.count, again.first, again.last) == (whole.count, whole.first, whole.last)


@pytest.mark.parametrize(
    "reading",
    [
        Reading("m", "s", 1, ValueKind.TEXT, text="12"),
        Reading("m", "s", 1, ValueKind.BOOLEAN, 1),
        Reading("m", "s", 1, ValueKind.FLOAT, text="nan"),
        Reading("m", "s", 1, ValueKind.FLOAT, text="inf"),
        Reading("m", "s", 1, ValueKind.TIME, text="2024-01-01T00:00:00+00:00"),
    ],
)
def test_what_is_no_number_has_a_first_and_a_last_only(reading: Reading) -> None:
    row = of_reading(reading, 0)
    assert (row.lowest, row.highest, row.total, row.mean) == (None, None, None, None)
    mixed = merged(row, of_reading(Reading("m", "s", 2, ValueKind.INTEGER, 5), 0))
    assert (mixed.count, mixed.last, mixed.total) == (2, "5", None)


def test_the_mean_is_the_sum_by_the_count() -> None:
    rows = [of_reading(Reading("m", "s", n, ValueKind.INTEGER, n, -1), 0) for n in (1, 2, 4)]
    assert merged(merged(*rows[:2]), rows[2]).mean == Decimal("0.7") / 3


def ms(text: str, zone: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27", "2024-07-01"])
def test_a_day_begins_at_the_midnight_of_its_zone_whatever_its_length(day: str) -> None:
    zone = ZoneInfo("Europe/Madrid")
    begin = ms(f"{day}T00:00:00", "Europe/Madrid")
    for hour in (0, 1, 4, 12, 23):
        assert day_of(ms(f"{day}T{hour:02}:30:00", "Europe/Madrid"), zone) == begin
    assert day_of(begin - 1, zone) != begin


def test_without_a_zone_it_is_the_hosts_day() -> None:
    now = 1_700_000_000_000
    begin = day_of(now, None)
    local = datetime.fromtimestamp(begin / 1000, UTC).astimezone()
    assert (local.hour, local.minute) == (0, 0)
    assert 0 <= now - begin < 25 * 3_600_000


def test_days_are_gathered_by_each_series_own_zone() -> None:
    late = ms("2024-07-01T23:30:00", "UTC")
    quarter = Gathering()
    for series in (1, 2):
        reading = Reading("m", "s", late, ValueKind.INTEGER, 1)
        quarter.add(series, of_reading(reading, quarter_of(late)))
    rows = ((key[0], row) for key, row in quarter.rows.items())
    found = days(rows, {1: ZoneInfo("UTC"), 2: ZoneInfo("Europe/Madrid")}).rows
    assert {(series, start) for series, start, _ in found} == {
        (1, ms("2024-07-01T00:00:00", "UTC")),
        (2, ms("2024-07-02T00:00:00", "Europe/Madrid")),
    }
