"""In SQLite: the shared suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.findings_suite import FindingsSuite

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.sqlite.store import SqliteStore


class TestFindingsInSqlite(FindingsSuite):
    @pytest.fixture
    def store(self, clock: FakeClock, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore.open(StoreSettings(path=str(tmp_path / "b.db")), clock, Metrics())
        yield store
        store.close()
