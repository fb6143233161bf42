"""The journal's rows carry what operators know from the old bridge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import fields
from rig.store_suite import a_meter

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import Diagnostic, MeterMetrics, NetworkMetrics
from dlmslite_daemon.store.sqlite import fleet, journal
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
    journal.save_alarm(connection, Alarm("kitchen", condition, 1, 1))
    journal.save_alarm(connection, Alarm("sink:tb", condition, 2, 2))
    rows = connection.execute(
        "SELECT meter_id, severity, category, message, timestamp FROM alarms ORDER BY id"
    ).fetchall()
    assert rows == [
        (1, "error", "watchdog", "quiet", 1),
        (None, "error", "watchdog", "quiet", 2),
    ]


def distinct(kind: type[MeterMetrics | NetworkMetrics]) -> object:
    """A row in which no two fields are alike, so that a swapped column shows."""
    values = {f.name: n + 1 for n, f in enumerate(fields(kind)) if f.name != "meter"}
    return kind("kitchen", **values)  # type: ignore[arg-type]  # numbers all


def test_no_column_of_the_metrics_is_mixed_up(connection: sqlite3.Connection) -> None:
    row = distinct(MeterMetrics)
    line = distinct(NetworkMetrics)
    journal.add_meter_metrics(connection, [row])
    journal.add_network_metrics(connection, [line])
    assert journal.meter_metrics(connection, "kitchen", 0) == [row]
    assert journal.network_metrics(connection, "kitchen", 0) == [line]
    named = connection.execute(
        "SELECT polls_due, avg_read_time, max_read_time, overruns FROM meter_metrics"
    ).fetchone()
    assert isinstance(row, MeterMetrics)
    assert named == (row.polls_due, row.read_seconds_avg, row.read_seconds_max, row.overruns)


def test_the_raw_frame_is_stored_as_octets(connection: sqlite3.Connection) -> None:
    journal.add_diagnostic(connection, Diagnostic("kitchen", 1, "error", "hdlc", "x", b"\x7e\x00"))
    stored = connection.execute("SELECT typeof(raw_frame), raw_frame FROM dlms_diagnostics")
    assert stored.fetchall() == [("blob", b"\x7e\x00")]
