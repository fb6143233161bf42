"""The journal's rows carry what operators know from the old bridge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import Diagnostic
from dlmslite_daemon.store.sqlite import fleet, journal
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


def test_the_raw_frame_is_stored_as_octets(connection: sqlite3.Connection) -> None:
    journal.add_diagnostics(
        connection, [Diagnostic("kitchen", 1, "error", "hdlc", "x", b"\x7e\x00")]
    )
    stored = connection.execute("SELECT typeof(raw_frame), raw_frame FROM dlms_diagnostics")
    assert stored.fetchall() == [("blob", b"\x7e\x00")]
