"""An alarm's row points at its meter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import alarms, fleet
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def test_an_alarm_of_a_meter_points_at_it_and_one_of_a_sink_does_not(
    connection: sqlite3.Connection,
) -> None:
    condition = Condition("silence", "quiet", Severity.ERROR, "watchdog")
    alarms.save_alarm(connection, Alarm("kitchen", condition, 1, 1))
    alarms.save_alarm(connection, Alarm("sink:tb", condition, 2, 2))
    rows = connection.execute(
        "SELECT meter_id, severity, category, message, timestamp FROM alarms ORDER BY id"
    ).fetchall()
    assert rows == [
        (1, "error", "watchdog", "quiet", 1),
        (None, "error", "watchdog", "quiet", 2),
    ]
