"""The shared suite, what is not in reach of the memory store, and what a pass costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve
from rig.rollups_suite import ALL, RollupsSuite
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.alarm import Alarm, Change, Condition
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings, StoreSettings
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import Ages
from dlmslite_daemon.store.rollup import Step
from dlmslite_daemon.store.sqlite.store import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "b.db"


@pytest.fixture
def sqlite_store(clock: FakeClock, path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore.open(StoreSettings(str(path)), clock, Metrics())
    yield store
    store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class TestRollupsInSqlite(RollupsSuite):
    @pytest.fixture
    def store(self, sqlite_store: SqliteStore) -> Store:
        return sqlite_store


def put(store: SqliteStore, *times: int) -> None:
    ticket = store.append([a_reading(ts_ms) for ts_ms in times])
    store.flush()
    assert ticket.event.wait(10)


def test_the_zone_of_the_meter_decides_its_days(sqlite_store: SqliteStore) -> None:
    sqlite_store.add_meter(evolve(a_meter(), zone="Asia/Tokyo"))
    put(sqlite_store, 0)
    sqlite_store.roll_up()
    (row,) = sqlite_store.rollups("kitchen", "voltage", Step.DAY, -ALL, ALL)
    assert row.start_ms == -9 * 3_600_000


def test_readings_of_a_removed_meter_are_rolled_up_and_go(sqlite_store: SqliteStore) -> None:
    sqlite_store.add_meter(a_meter())
    put(sqlite_store, 1, 2)
    sqlite_store.remove_meter("kitchen")
    assert sqlite_store.roll_up() == 2
    assert sqlite_store.prune_readings(ALL) == (1, 2)


def test_rows_can_be_read_by_eye(sqlite_store: SqliteStore, path: Path) -> None:
    sqlite_store.add_meter(a_meter())
    put(sqlite_store, 1, 2)
    sqlite_store.roll_up()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT start_ms, count, lowest, total FROM readings_15min"
        ).fetchall()
    assert rows == [(0, 2, "230.1", "460.2")]


def test_an_alarm_that_a_sink_is_still_to_be_told_of_stays(sqlite_store: SqliteStore) -> None:
    sqlite_store.add_sink(SinkSettings("tb", "mqtt"))
    over = evolve(Alarm("kitchen", Condition("silence", "quiet"), 1, 1), cleared_ms=2)
    sqlite_store.save_alarms([(over, Change.RAISED)])
    ages = Ages(0, 0, 0, 0, ALL, 0, 0)
    assert sqlite_store.prune(ages) == {}
    ticket = sqlite_store.advance_alarms("tb", 1)
    sqlite_store.flush()
    assert ticket.event.wait(10)
    assert sqlite_store.prune(ages) == {"alarm_events": 1, "alarms": 1}
