"""Values are exact, refusals are told apart, and a quick inquiry ends with the first value."""

from __future__ import annotations

from typing import Any

import pytest
from rig.engine import CURRENT, VOLTAGE, Bench

import dlmslite
from dlmslite.codes import DataAccessResult
from dlmslite_daemon.causes import Cause
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.finding import Rung, Step
from dlmslite_daemon.meters.identity import Told
from dlmslite_daemon.meters.inquiry import Inquiry, LadderValue
from dlmslite_daemon.meters.line import Line

SERIAL = ("0.0.96.1.0.255", 2, 1)
UNDEFINED = dlmslite.ServiceError("object-undefined", result=DataAccessResult.OBJECT_UNDEFINED)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.add("kitchen")
    bench.meters["kitchen"].attributes[SERIAL] = b"MS1234"
    return bench


def inquire(bench: Bench, *, quick: bool = True, serial: str = "", **more: Any) -> Inquiry:
    record = bench.store.meter("kitchen")
    line = Line(record.settings.endpoint, bench.clock)
    reader = bench.entrance(record.settings, line).reader()
    reader.open()
    settings = record.settings
    if more:
        settings = type(settings)("kitchen", settings.url, **more)
    return Inquiry(reader, settings, bench.clock, Told(serial), quick, lambda _text: None)


def steps(rungs: list[Rung]) -> dict[str, Step]:
    return {rung.name: rung.step for rung in rungs}


def test_the_first_value_is_enough_for_a_quick_one(bench: Bench) -> None:
    inquiry = inquire(bench)

    assert steps(inquiry.rungs()) == dict.fromkeys(("identity", "clock", "register"), Step.PASSED)
    assert inquiry.values == [LadderValue("voltage", VOLTAGE, "229.90", "V")]


def test_every_series_is_read_by_a_whole_one(bench: Bench) -> None:
    inquiry = inquire(bench, quick=False)
    rungs = inquiry.rungs()

    assert [value.text for value in inquiry.values] == ["229.90", "1.329"]
    assert "voltage 229.90 V, current 1.329 A" in rungs[1].told
    assert rungs[1].octets_sent > 0
    assert (rungs[2].name, rungs[2].told) == ("identity", "it is MS1234")


def test_a_refused_value_is_named_and_the_others_are_read(bench: Bench) -> None:
    bench.meters["kitchen"].values[VOLTAGE] = UNDEFINED
    inquiry = inquire(bench)
    rungs = inquiry.rungs()

    assert rungs[-1].cause is Cause.OBJECT_UNDEFINED
    assert rungs[-1].name == "register"
    assert [value.error for value in inquiry.values] == ["object-undefined", ""]


def test_another_serial_number_ends_the_inquiry(bench: Bench) -> None:
    rungs = inquire(bench, serial="MS9999").rungs()

    assert [rung.cause for rung in rungs] == [Cause.IDENTITY_CHANGED]


def test_a_slow_meter_and_a_wrong_clock_are_noted(bench: Bench) -> None:
    bench.meters["kitchen"].takes = 2.5
    bench.meters["kitchen"].drift = 3600.0
    rungs = inquire(bench).rungs()

    assert steps(rungs)["clock"] is Step.NOTED
    assert (rungs[1].step, rungs[1].cause) == (Step.NOTED, Cause.SLOW)


def test_a_session_that_breaks_ends_the_inquiry(bench: Bench) -> None:
    bench.meters["kitchen"].break_reads = [dlmslite.DeadlineExceeded("late", cause="no-answer")]
    rungs = inquire(bench).rungs()

    assert [rung.name for rung in rungs] == ["clock", "register"]
    assert rungs[1].cause is Cause.LINE_NOISE


def test_a_meter_that_falls_silent_when_asked_who_it_is_is_fine_all_the_same(bench: Bench) -> None:
    bench.meters["kitchen"].attributes[SERIAL] = dlmslite.DeadlineExceeded("late")
    rungs = inquire(bench).rungs()

    assert (rungs[-1].name, rungs[-1].step) == ("identity", Step.PASSED)
    assert "it fell silent" in rungs[-1].told
    known = inquire(bench, serial="MS1234").rungs()
    assert [(rung.name, rung.step) for rung in known] == [("identity", Step.FAILED)]


def test_an_attribute_that_is_no_value_is_read_alone(bench: Bench) -> None:
    bench.meters["kitchen"].attributes[CURRENT, 5, 4] = 17
    series = (SeriesSettings("peak", CURRENT, class_id=4, attribute=5),)
    inquiry = inquire(bench, series=series)
    inquiry.rungs()

    assert inquiry.values == [LadderValue("peak", CURRENT, "17", "")]


def test_without_series_nothing_is_read(bench: Bench) -> None:
    inquiry = inquire(bench, series=())

    assert inquiry.rungs()[1].told == "it has no series"


def test_what_no_reading_can_hold_is_said(bench: Bench) -> None:
    bench.meters["kitchen"].values[VOLTAGE] = [1, 2]
    inquiry = inquire(bench, series=(SeriesSettings("voltage", VOLTAGE),))

    assert inquiry.rungs()[-1].cause is Cause.UNKNOWN
    assert "list" in inquiry.values[0].error
