"""A part asks the readers and has the writer change; a store for reading only has no writer."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.names import MeasurementIds
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.store import SqliteStore


def test_a_part_without_a_writer_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    SqliteStore.open(StoreSettings(str(path)), FakeClock(), Metrics()).close()
    part = Part(path, FakeClock(), Metrics(), None, MeasurementIds())
    assert part._ask(lambda c: c.execute("SELECT 1").fetchone()) == (1,)
    with pytest.raises(StoreError) as refused:
        part._write(lambda c: c.execute("SELECT 1"))
    assert refused.value.code == "E-STORE-READONLY"
    part._readers.close()
