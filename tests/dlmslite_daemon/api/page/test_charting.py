"""Which charts a meter has, and that each is drawn once for all who look."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rig.bridge import KITCHEN, NOW_MS, Bridge, reading

from dlmslite_daemon.api.page.charting import Charts, number, points_of
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.store.rollup import Rollup


def text_of(kind: ValueKind, text: str) -> Reading:
    return Reading("kitchen", "energy", NOW_MS, kind, text=text)


def test_series_of_numbers_are_drawn_and_others_are_not(parts: Bridge) -> None:
    parts.keep(reading("voltage", NOW_MS - 5000, 23_012), text_of(ValueKind.TEXT, "on"))
    (drawn,) = Charts(parts.store).of(KITCHEN, "1h", NOW_MS, dt.UTC)
    assert (drawn.key, drawn.unit, drawn.last, drawn.cut) == ("voltage", "V", "230.12 V", False)
    assert drawn.chart.count == 1


def test_a_chart_is_drawn_once_until_it_moves_on(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.keep(reading("voltage", NOW_MS - 5000, 23_012))
    asked: list[Any] = []
    query = parts.store.readings

    def readings(*arguments: Any) -> list[Reading]:
        asked.append(arguments)
        return query(*arguments)

    monkeypatch.setattr(type(parts.store), "readings", lambda _, *given: readings(*given))
    charts = Charts(parts.store)
    first = charts.of(KITCHEN, "1h", NOW_MS - 4000, dt.UTC)
    assert charts.of(KITCHEN, "1h", NOW_MS, dt.UTC) == first
    assert len(asked) == 1
    charts.of(KITCHEN, "1h", NOW_MS + 10_000, dt.UTC)
    charts.of(KITCHEN, "6h", NOW_MS, dt.UTC)
    assert len(asked) == 3


def test_a_week_is_drawn_from_quarters_of_an_hour(parts: Bridge) -> None:
    day = 86_400_000
    values = [(NOW_MS - 6 * day + at * 1000, 23_000 + at % 7) for at in range(1800)]
    values.append((NOW_MS - 3 * day, 29_999))
    parts.keep(*[reading("voltage", ts_ms, raw) for ts_ms, raw in values])
    charts = Charts(parts.store)
    (empty,) = charts.of(KITCHEN, "7d", NOW_MS - 60_000, dt.UTC)
    assert empty.chart.count == 0
    while parts.store.roll_up():
        pass
    (week,) = charts.of(KITCHEN, "7d", NOW_MS, dt.UTC)
    assert 8 <= week.chart.count <= 16  # a lone reading, and half an hour in quarters
    assert week.chart.y[-1].label == "300"
    (year,) = charts.of(KITCHEN, "1y", NOW_MS, dt.UTC)
    assert year.chart.count > 0
    assert not year.cut


@pytest.mark.parametrize("lowest", [None, "1.5"])
def test_a_step_with_what_is_no_number_is_no_point(lowest: str | None) -> None:
    row = Rollup(
        start_ms=0, lane=Lane.LIVE, unit="V", count=2, suspect=0, first_ms=10, first="2.0",
        last_ms=20, last="3.0", lowest=lowest, highest="4.0", total="5.0",
    )  # fmt: skip
    points = [(10, 2.0), (15, 1.5), (15, 4.0), (20, 3.0)]
    assert points_of(row) == (points if lowest else [])


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_float_that_is_no_number_is_no_point(text: str) -> None:
    assert number(text_of(ValueKind.FLOAT, text)) is None
    assert number(text_of(ValueKind.FLOAT, "1.5")) == 1.5
