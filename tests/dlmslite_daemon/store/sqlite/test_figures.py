"""In SQLite: the shared suite, and the indexes that answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.figures_suite import FiguresSuite

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import figures
from dlmslite_daemon.store.sqlite.connection import opened
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
