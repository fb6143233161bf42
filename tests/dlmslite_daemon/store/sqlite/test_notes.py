"""Notes as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import fleet, notes
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def test_a_notebook_goes_with_the_row_of_its_meter(connection: sqlite3.Connection) -> None:
    notes.note(connection, "kitchen", {"scaler": "-1", "unit": "V"})
    notes.note(connection, "kitchen", {"unit": None})
    assert notes.notebook(connection, "kitchen") == {"scaler": "-1"}
    fleet.remove_meter(connection, "kitchen", 1)
    fleet.add_meter(connection, a_meter(), 2)
    assert notes.notebook(connection, "kitchen") == {}


def test_counters_of_two_scopes_are_apart(connection: sqlite3.Connection) -> None:
    notes.count(connection, "a", {"polls": 2})
    notes.count(connection, "b", {"polls": 3})
    notes.count(connection, "a", {"polls": 1})
    assert notes.counts(connection, "a") == {"polls": 3}
