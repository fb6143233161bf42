"""Backlog by sink and by meter, with few questions to the store."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, Bridge, reading

from dlmslite_daemon.api.fleet import Backlog, meter_rows, meter_whole, readings_24h
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import MeterMetrics


def test_the_backlog_of_a_meter_is_that_of_the_sink_furthest_behind(parts: Bridge) -> None:
    for name in ("fast", "slow"):
        parts.store.add_sink(SinkSettings(name, "mqtt"))
    parts.store.add_sink(SinkSettings("off", "mqtt", enabled=False))
    parts.keep(*(reading("voltage", NOW_MS + n, n) for n in range(4)))
    ticket = parts.store.advance("fast", Lane.LIVE, "", 3)
    parts.store.flush()
    assert ticket.event.wait(30)
    backlog = Backlog(parts.store)
    assert backlog.of_meter("kitchen") == 4
    assert backlog.of_meter("garage") == 0
    assert backlog.of_sink("fast") == {"live": 1, "history": 0}
    assert backlog.of_sink("slow", "kitchen") == {"live": 4, "history": 0}
    assert backlog.of_sink("off") == {"live": 0, "history": 0}


def test_readings_of_a_day_are_those_that_are_stored(parts: Bridge) -> None:
    day = 24 * 3600 * 1000
    parts.keep(*(reading("voltage", NOW_MS - age, 1) for age in (0, 1000, day, day + 1)))
    assert readings_24h(parts.services, "kitchen") == readings_24h(parts.services) == 3


def test_a_list_of_many_asks_the_store_no_more_than_one_of_few(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    ask = parts.store._ask
    monkeypatch.setattr(
        parts.store, "_ask", lambda question: asked.append(question) or ask(question)
    )
    few = len(meter_rows(parts.services))
    first = len(asked)
    for n in range(20):
        parts.store.add_meter(evolve(KITCHEN, name=f"m{n}", url=f"tcp+hdlc://192.0.2.{n}:3333"))
    asked.clear()
    assert len(meter_rows(parts.services)) == few + 20
    assert len(asked) == first > 0


def test_a_row_of_the_list_is_the_row_of_the_meter(parts: Bridge) -> None:
    parts.store.note("kitchen", {"serial": "K1", "object/1.1.32.7.0.255": "{}"})
    parts.store.add_meter_metrics(
        [MeterMetrics("kitchen", NOW_MS - age, 300.0, readings=age) for age in (2, 1)]
    )
    parts.keep(reading("voltage", NOW_MS - 7, 1))
    (row,) = meter_rows(parts.services)
    _, whole = meter_whole(parts.services, "kitchen")
    assert {key: whole[key] for key in row} == row
    assert (row["serial_number"], row["last_reading"]) == ("K1", NOW_MS - 7)
    assert row["latest_metric"] is not None
