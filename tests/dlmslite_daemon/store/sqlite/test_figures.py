"""In SQLite: the shared suite, and the indexes that answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.figures_suite import MINUTE, FiguresSuite, register
from rig.store_suite import a_meter

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import figures, fleet, readings
from dlmslite_daemon.store.sqlite.connection import opened
from dlmslite_daemon.store.sqlite.names import MeasurementIds
from dlmslite_daemon.store.sqlite.store import SqliteStore


class TestFiguresInSqlite(FiguresSuite):
    @pytest.fixture
    def store(self, clock: FakeClock, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore.open(StoreSettings(path=str(tmp_path / "b.db")), clock, Metrics())
        yield store
        store.close()


@pytest.mark.parametrize("query", [figures._WAITING, figures._BURIED, figures._BREAKS])
def test_no_question_reads_all_readings(tmp_path: Path, query: str) -> None:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    values = dict.fromkeys(("lane", "reached", "since", "until", "gap", "series"), 0)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values)]
    assert any("readings" in step or " r " in step for step in plan)
    assert not [step for step in plan if step.startswith("SCAN r")]
    connection.close()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def keep_steps(
    connection: sqlite3.Connection, table: str, *steps: tuple[int, str, int, str]
) -> None:
    """Steps of the energy register: when and what was first, when and what was last."""
    connection.executemany(
        f"INSERT INTO {table} (measurement_id, start_ms, lane, unit, count, suspect, first_ms,"
        " first, last_ms, last, lowest, highest, total) SELECT id, ?, 0, 'Wh', 2, 0, ?, ?, ?,"
        " ?, '0', '9', '9' FROM measurements WHERE key = 'energy'",
        [(step[0], *step) for step in steps],
    )


def test_what_is_not_kept_by_the_reading_is_told_by_its_quarters_and_days(
    connection: sqlite3.Connection,
) -> None:
    hour, day = 60 * MINUTE, 24 * 60 * MINUTE
    keep_steps(
        connection,
        "readings_daily",
        (0, "0.5", day - MINUTE, "10.5"),
        (day, "11", 2 * day - MINUTE, "20"),
        (2 * day, "20", 3 * day - MINUTE, "30"),  # the same as the quarters
    )
    keep_steps(
        connection,
        "readings_15min",
        (2 * day, "20", 2 * day + 14 * MINUTE, "21"),
        (2 * day + 2 * hour, "25", 2 * day + 2 * hour, "25"),
    )
    ids = MeasurementIds()
    readings.insert(connection, ids, [register(3 * day - hour, 29), register(3 * day, 31)])
    bounds = [0, day, 2 * day, 3 * day]
    found = figures.course(connection, "kitchen", "energy", bounds, hour)
    values = {r.ts_ms: r.value_text() for r in found.landmarks}
    assert values == {
        0: "0.5",
        day - MINUTE: "10.5",
        day: "11",
        2 * day - MINUTE: "20",
        2 * day: "20",
        2 * day + 14 * MINUTE: "21",
        2 * day + 2 * hour: "25",
        3 * day - hour: "29",
        3 * day: "31",
    }
    assert list(values) == sorted(values)
    # Gaps lie between steps and before the first reading, never within a step.
    assert found.gaps == (
        (2 * day + 14 * MINUTE, 2 * day + 2 * hour),
        (2 * day + 2 * hour, 3 * day - hour),
    )
    later = figures.course(connection, "kitchen", "energy", [2 * day + 3 * hour, 3 * day], hour)
    assert [r.value_text() for r in later.landmarks] == ["25", "29", "31"]
    # Once all of it is kept by the reading, no step is asked.
    only = figures.course(connection, "kitchen", "energy", [3 * day - 1, 3 * day], hour)
    assert [r.value_text() for r in only.landmarks] == ["29", "31"]


def test_steps_of_both_lanes_are_one_course(connection: sqlite3.Connection) -> None:
    keep_steps(connection, "readings_15min", (0, "1", 14 * MINUTE, "5"))
    connection.execute(
        "INSERT INTO readings_15min SELECT measurement_id, start_ms, 1, unit, count, suspect,"
        " 300000, '3', 840000, '5', lowest, highest, total FROM readings_15min"
    )
    found = figures.course(connection, "kitchen", "energy", [0, 60 * MINUTE], 15 * MINUTE)
    assert [(r.ts_ms // MINUTE, r.value_text()) for r in found.landmarks] == [
        (0, "1"),
        (5, "3"),
        (14, "5"),
    ]
    assert found.gaps == ()
