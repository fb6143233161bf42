"""A name means one row, and a removed one none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.errors import UnknownMeter, UnknownSink
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.sqlite import fleet, names
from dlmslite_daemon.store.sqlite.connection import opened


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = opened(tmp_path / "b.db", packaged(), tmp_path)
    fleet.add_meter(connection, a_meter(), 0)
    yield connection
    connection.close()


@pytest.mark.parametrize("name", ["99999999999999999999", "٣", "1.5", "", "-1"])
def test_what_looks_like_a_number_and_is_none_is_unknown(
    connection: sqlite3.Connection, name: str
) -> None:
    with pytest.raises(UnknownMeter):
        names.meter_id(connection, name)


def test_a_removed_meter_has_no_name_and_its_number_means_nobody(
    connection: sqlite3.Connection,
) -> None:
    number = names.meter_id(connection, "kitchen")
    fleet.remove_meter(connection, "kitchen", 1)
    for name in ("kitchen", number):
        with pytest.raises(UnknownMeter):
            names.meter_id(connection, name)
    with pytest.raises(UnknownSink):
        names.sink_row(connection, "kitchen")
