"""Whoever wants a report asks by its name."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reports.base import DAY, Sources, UnknownReport, Window, Wish
from dlmslite_daemon.reports.desk import ReportDesk
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Interval, ServiceMetrics


def desk(clock: FakeClock, flush: Callable[[], None] = lambda: None) -> ReportDesk:
    return ReportDesk(Sources(MemoryStore(clock), clock, lambda: None), flush)


def test_what_was_counted_is_written_down_before_the_window_ends() -> None:
    clock = FakeClock()

    def flush() -> None:
        clock.advance(3)

    window = desk(clock, flush).window("energy", length=60)
    assert window == Window.back(clock.utc_ms(), 60)
    assert desk(clock).window("energy").seconds == 7 * DAY
    with pytest.raises(UnknownReport):
        desk(clock).window("nothing")


def test_a_store_that_takes_nothing_is_no_reason_to_say_nothing() -> None:
    def full() -> None:
        raise StoreError("no space left")

    clock = FakeClock()
    reports = desk(clock, full)
    report = reports.make("energy", Wish(reports.window("energy")))
    assert report.kind == "energy"
    with pytest.raises(UnknownReport):
        reports.make("nothing", Wish(report.window))


def test_the_targets_of_the_last_hour() -> None:
    clock = FakeClock()
    store = MemoryStore(clock)
    flushed: list[int] = []
    reports = ReportDesk(Sources(store, clock, lambda: None), lambda: flushed.append(1))
    assert [one["verdict"] for one in reports.targets()] == ["no data"] * 7
    store.record(Interval(service=ServiceMetrics(clock.utc_ms(), 300.0, 300.0)))
    clock.advance(299)

    def uptime() -> tuple[str, Decimal]:
        (one,) = (one for one in reports.targets() if one["key"] == "uptime")
        return one["verdict"], one["sample"]

    # What is not written yet is no outage; what a stop left unwritten is one.
    assert uptime() == ("pass", Decimal(300))
    clock.advance(100)
    assert uptime() == ("fail", Decimal(699))
    assert flushed == []


def test_every_report_says_what_it_shows() -> None:
    kinds = desk(FakeClock()).kinds()
    assert "energy" in kinds
    assert all(kind.summary and kind.usual for kind in kinds.values())
