"""Rows of the fleet's table: as the list of the API has them, with fewer questions."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, Bridge, reading

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.api.fleet import meter_rows
from dlmslite_daemon.api.page.rows import SERIAL_SECONDS, Rows
from dlmslite_daemon.config.schema import SinkSettings


def test_a_row_says_what_the_list_of_the_api_says(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h", "port": 1}))
    parts.keep(reading("voltage", NOW_MS - 1000, 23_012), reading("energy", NOW_MS, 7))
    parts.store.save_alarm(Alarm("kitchen", Condition("silence", "none"), NOW_MS, NOW_MS))
    parts.store.note("kitchen", {"serial": "4711"})
    (row,) = Rows(parts.services).gather()
    (listed,) = meter_rows(parts.services)
    same = ("id", "name", "line", "desired", "observed", "reason", "serial_number", "pending")
    assert {key: row[key] for key in same} == {key: listed[key] for key in same}
    assert row["pending"] == 2
    assert row["alarms"] == listed["alarms"] == 1
    assert row["success_1h"] == pytest.approx(float(listed["success_1h"]))


def test_without_a_daemon_the_store_alone_tells(parts: Bridge) -> None:
    alone = evolve(parts.services, control=None)
    assert [row["name"] for row in Rows(alone).gather()] == ["kitchen"]


def test_no_question_is_asked_for_each_meter_each_time(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    notebook = parts.store.notebook

    def count(_: Any, meter: str) -> dict[str, str]:
        asked.append(meter)
        return notebook(meter)

    monkeypatch.setattr(type(parts.store), "notebook", count)
    rows = Rows(parts.services)
    rows.gather()
    rows.gather()
    assert asked == ["kitchen"]
    parts.store.add_meter(evolve(KITCHEN, name="cellar"))
    rows.gather()
    assert asked == ["kitchen", "cellar"]
    parts.clock.advance(SERIAL_SECONDS)
    rows.gather()
    assert len(asked) == 4
