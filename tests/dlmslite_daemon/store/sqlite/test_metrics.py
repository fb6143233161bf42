"""The rows carry what operators know from the old bridge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import fields
from rig.store_suite import a_meter

from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import MeterMetrics, NetworkMetrics
from dlmslite_daemon.store.sqlite import fleet, metrics
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def distinct(kind: type[MeterMetrics | NetworkMetrics]) -> object:
    """A row in which no two fields are alike, so that a swapped column shows."""
    special = {
        "errors_by_kind": {"fcs": 101},
        "failures": {"E-LINE-LOST": 102},
        "latency": (103,),
        "end_to_end": (104,),
    }
    values = {
        f.name: special.get(f.name, n + 1) for n, f in enumerate(fields(kind)) if f.name != "meter"
    }
    return kind("kitchen", **values)  # type: ignore[arg-type]  # numbers, counts, histograms


def test_no_column_of_the_metrics_is_mixed_up(connection: sqlite3.Connection) -> None:
    row = distinct(MeterMetrics)
    line = distinct(NetworkMetrics)
    metrics.add_meter_metrics(connection, [row])
    metrics.add_network_metrics(connection, [line])
    assert metrics.meter_metrics(connection, "kitchen", 0) == [row]
    assert metrics.network_metrics(connection, "kitchen", 0) == [line]
    named = connection.execute(
        "SELECT polls_due, avg_read_time, max_read_time, overruns, latency FROM meter_metrics"
    ).fetchone()
    assert isinstance(row, MeterMetrics)
    assert named == (
        row.polls_due, row.read_seconds_avg, row.read_seconds_max, row.overruns, "[103]"
    )  # fmt: skip
