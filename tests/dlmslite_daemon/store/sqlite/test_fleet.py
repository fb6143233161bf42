"""Meters and sinks as rows that operators can read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rig.store_suite import a_meter, a_reading
from strategies.ground import meter_settings

from dlmslite_daemon.config.schema import MeterSettings, SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import delivery, fleet, readings
from dlmslite_daemon.store.sqlite.connection import opened
from dlmslite_daemon.store.sqlite.names import MeasurementIds


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    yield connection
    connection.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=meter_settings())
def test_any_settings_come_back_whole(
    connection: sqlite3.Connection, wanted: MeterSettings
) -> None:
    connection.execute("BEGIN")
    added = fleet.add_meter(connection, wanted, 5)
    assert added.settings == wanted
    assert fleet.meters(connection) == [added]
    connection.execute("ROLLBACK")


def test_the_columns_that_operators_know_show_the_settings(connection: sqlite3.Connection) -> None:
    fleet.add_meter(connection, MeterSettings("kitchen", "tcp://h:1", client=1, every=7.5), 5)
    fleet.add_meter(connection, MeterSettings("attic", "tcp://h:2", server=17, paused=True), 6)
    rows = connection.execute(
        "SELECT name, url, client_id, server_id, sampling_interval, status FROM meters"
    ).fetchall()
    assert rows == [
        ("kitchen", "tcp://h:1", 1, 1, 7.5, "running"),
        ("attic", "tcp://h:2", 16, 17, 60.0, "paused"),
    ]


def test_a_series_that_comes_back_keeps_its_row(connection: sqlite3.Connection) -> None:
    fleet.add_meter(connection, a_meter(), 0)
    ids = MeasurementIds()
    before = ids.find(connection, "kitchen", "voltage")
    fleet.remove_series(connection, "kitchen", "voltage", 1)
    fleet.add_series(connection, "kitchen", a_meter().series[0], 2)
    ids.forget()
    assert ids.find(connection, "kitchen", "voltage") == before


def test_removing_a_sink_takes_its_cursors_along(connection: sqlite3.Connection) -> None:
    fleet.add_sink(connection, SinkSettings("tb", "mqtt"), 0, from_beginning=True)
    assert delivery.cursor(connection, "tb", Lane.LIVE, "") == 0
    connection.execute("INSERT INTO cursors VALUES (1, 0, '', 1)")
    fleet.remove_sink(connection, "tb")
    assert connection.execute("SELECT count(*) FROM cursors").fetchone() == (0,)


def test_a_removed_meters_readings_are_still_there(connection: sqlite3.Connection) -> None:
    fleet.add_meter(connection, a_meter(), 0)
    readings.insert(connection, MeasurementIds(), [a_reading(1)])
    fleet.remove_meter(connection, "kitchen", 1)
    assert connection.execute("SELECT count(*) FROM readings").fetchone() == (1,)
