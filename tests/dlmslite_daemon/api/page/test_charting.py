"""Which charts a meter has, and that each is drawn once for all who look."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from rig.bridge import KITCHEN, NOW_MS, Bridge, reading

from dlmslite_daemon.api.page.charting import Charts, number
from dlmslite_daemon.reading import Reading, ValueKind


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


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_float_that_is_no_number_is_no_point(text: str) -> None:
    assert number(text_of(ValueKind.FLOAT, text)) is None
    assert number(text_of(ValueKind.FLOAT, "1.5")) == 1.5
