"""Readings as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import fleet, readings
from dlmslite_daemon.store.sqlite.connection import opened
from dlmslite_daemon.store.sqlite.names import MeasurementIds


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def test_64_bits_are_an_integer_and_more_are_decimal_text(connection: sqlite3.Connection) -> None:
    ids = MeasurementIds()
    sizes = [(1 << 63) - 1, -(1 << 63), 1 << 63, -(1 << 63) - 1]
    readings.insert(connection, ids, [a_reading(t, raw=raw) for t, raw in enumerate(sizes)])
    stored = connection.execute("SELECT typeof(raw), typeof(text), text FROM readings").fetchall()
    assert stored == [
        ("integer", "null", None),
        ("integer", "null", None),
        ("null", "text", str(1 << 63)),
        ("null", "text", str(-(1 << 63) - 1)),
    ]
    back = readings.after(connection, Lane.LIVE, 0, 9, None)
    assert [r.raw for r in back] == sizes


def test_a_number_is_never_given_twice_even_after_pruning(connection: sqlite3.Connection) -> None:
    ids = MeasurementIds()
    readings.insert(connection, ids, [a_reading(1), a_reading(2)])
    connection.execute("DELETE FROM readings")
    assert readings.last_number(connection) == 2
    readings.insert(connection, ids, [a_reading(3)])
    assert [r.number for r in readings.after(connection, Lane.LIVE, 0, 9, None)] == [3]


def test_queries_of_the_queue_use_the_index(connection: sqlite3.Connection) -> None:
    plans: list[str] = []
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    readings.after(connection, Lane.LIVE, 0, 9, None)
    readings.pending(connection, Lane.LIVE, 0, None, 9)
    connection.set_trace_callback(None)
    for statement in statements:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        plans.append(" | ".join(str(row[3]) for row in rows))
    assert len(plans) == 2
    assert all("readings_lane" in plan for plan in plans)
    assert not any("TEMP B-TREE" in plan or "SCAN r" in plan for plan in plans)


def test_counting_a_day_reads_ranges_of_indexes(connection: sqlite3.Connection) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    readings.since(connection, 5, 1)
    readings.since(connection, 5, None)
    connection.set_trace_callback(None)
    counts = [statement for statement in statements if "count(*)" in statement]
    assert len(counts) == 2
    for statement in counts:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        begun, fresh = (step for step in steps if " r " in step)
        assert "COVERING INDEX" in begun
        assert "measurement_id=? AND ts_ms>? AND ts_ms<?" in begun
        # Of what is not rolled up yet the rows are read: those of a few minutes.
        assert "rowid>?" in fresh
        (quarters,) = (step for step in steps if " q " in step)
        assert "measurement_id=? AND start_ms>?" in quarters


def test_names_are_remembered_until_they_are_forgotten(connection: sqlite3.Connection) -> None:
    ids = MeasurementIds()
    assert ids.find(connection, "kitchen", "voltage") == 1
    assert ids.find(connection, "attic", "voltage") is None
    fleet.remove_meter(connection, "kitchen", 1)
    assert ids.find(connection, "kitchen", "voltage") == 1
    ids.forget()
    assert ids.find(connection, "kitchen", "voltage") is None
    fleet.add_meter(connection, a_meter("attic"), 2)
    assert ids.find(connection, "attic", "voltage") == 3


def test_text_counts_for_what_waits() -> None:
    short, long = a_reading(1), a_reading(1, kind="text", raw=None, scaler=0, text="x" * 500)
    assert readings.octets_of([long]) - readings.octets_of([short]) == 500
