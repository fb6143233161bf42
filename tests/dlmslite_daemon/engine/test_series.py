"""What the polls said of each series."""

from __future__ import annotations

from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.engine.health import SeriesState
from dlmslite_daemon.engine.series import DURATIONS, SeriesBook
from dlmslite_daemon.meters.harvest import Harvest, Value
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.reading import Reading, ValueKind

SERIES = (
    SeriesSettings("voltage", "1.1.32.7.0.255", unit="V"),
    SeriesSettings("list", "1.1.99.7.0.255"),
    SeriesSettings("off", "1.1.31.7.0.255", enabled=False),
)
PLAN = Plan.of(SERIES, {})
VOLTAGE, LIST = PLAN.items


def harvest(*values: Value) -> Harvest:
    return Harvest(values, ts_ms=1000, seconds=0.1, plan=PLAN)


def test_values_become_readings_and_what_did_not_come_is_absent() -> None:
    book = SeriesBook(SERIES, PLAN, {})
    readings = book.absorb(
        harvest(Value(VOLTAGE, Quantity(2299, -1, Unit.VOLT)), Value(LIST, error="denied")),
        "kitchen",
    )
    assert [(r.series, r.value_text(), r.ts_ms) for r in readings] == [("voltage", "229.9", 1000)]
    voltage, refused, off = book.view()
    assert (voltage.state, voltage.value, voltage.unit) == (SeriesState.GOOD, "229.9", "V")
    assert (voltage.asked, voltage.good) == (1, 1)
    assert (refused.state, refused.error, refused.asked) == (SeriesState.FAILED, "denied", 1)
    assert off.state is SeriesState.DISABLED


def test_a_value_that_is_no_reading_is_a_failed_series() -> None:
    book = SeriesBook(SERIES, PLAN, {})
    assert book.absorb(harvest(Value(LIST, [1, 2, 3])), "kitchen") == []
    assert book.view()[1].state is SeriesState.FAILED
    assert "list" in book.view()[1].error


def test_undefined_is_shown_as_such_until_hope_returns() -> None:
    book = SeriesBook(SERIES, PLAN, {})
    book.absorb(harvest(Value(LIST, error="object undefined", undefined=True)), "kitchen")
    assert book.view()[1].state is SeriesState.UNDEFINED
    again = SeriesBook(SERIES, PLAN.without(LIST.target), {})
    assert again.view()[1].state is SeriesState.UNDEFINED
    book.hopeful()
    assert book.view()[1].state is SeriesState.WAITING


def test_a_restart_shows_the_last_stored_values() -> None:
    stored = Reading("kitchen", "voltage", 77, ValueKind.INTEGER, 2301, -1, unit="V")
    voltage = SeriesBook(SERIES, PLAN, {"voltage": stored}).view()[0]
    assert (voltage.value, voltage.ts_ms, voltage.state) == ("230.1", 77, SeriesState.WAITING)


def test_the_recent_durations_of_each_series_are_kept() -> None:
    book = SeriesBook(SERIES, PLAN, {})
    for number in range(DURATIONS + 5):
        book.absorb(harvest(Value(VOLTAGE, 1, seconds=float(number))), "kitchen")
    voltage, refused, _ = book.view()
    assert voltage.durations == tuple(float(n) for n in range(5, DURATIONS + 5))
    assert refused.durations == ()
