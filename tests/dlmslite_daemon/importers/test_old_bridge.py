"""The old database is read and never written; whatever is no such file is said to be none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rig.old_database import FIVE, OldDatabase

from dlmslite_daemon.importers.old_bridge import OldBridgeUnreadable, read


@pytest.fixture
def old(tmp_path: Path) -> OldDatabase:
    return OldDatabase(tmp_path / "admin.db")


def test_meters_come_with_their_measurements(old: OldDatabase) -> None:
    old.meter(1, "medidor_dlms_principal", password="22222222").five(1)
    old.meter(7, "Medidor_DLMS_02")
    one, other = read(old.path).meters
    assert (one["id"], one["name"], one["password"]) == (1, "medidor_dlms_principal", "22222222")
    assert [config["measurement_name"] for config in one["configs"]] == list(FIVE)
    assert (other["id"], other["configs"]) == (7, [])


def test_one_meter_by_its_number(old: OldDatabase) -> None:
    old.meter(1, "a").meter(2, "b").alarm(1, "x").alarm(2, "y")
    found = read(old.path, 2)
    assert [meter["name"] for meter in found.meters] == ["b"]
    assert [alarm["message"] for alarm in found.alarms] == ["y"]
    assert read(old.path, 9).meters == ()


def test_an_alarm_that_only_repeats_is_one_with_a_count(old: OldDatabase) -> None:
    old.meter(1, "a")
    for minute in range(10, 20):
        old.alarm(1, "No heartbeat", timestamp=f"2025-11-04 16:{minute}:00")
    old.alarm(1, "No heartbeat", severity="critical")
    first, second = sorted(read(old.path).alarms, key=lambda alarm: -alarm["count"])
    assert (first["count"], first["first"], first["last"]) == (
        10,
        "2025-11-04 16:10:00",
        "2025-11-04 16:19:00",
    )
    assert second["count"] == 1


def test_an_older_schema_lacks_columns(tmp_path: Path) -> None:
    old = OldDatabase(tmp_path / "admin.db", password=False).meter(1, "a")
    with closing(sqlite3.connect(old.path)) as connection, connection:
        connection.execute("DROP TABLE alarms")
        connection.execute("DROP TABLE meter_configs")
    (meter,) = read(old.path).meters
    assert "password" not in meter
    assert meter["configs"] == []


def test_the_file_stays_as_it_is(old: OldDatabase) -> None:
    old.meter(1, "a").five(1)
    before = old.path.read_bytes()
    old.path.chmod(0o444)
    read(old.path)
    assert old.path.read_bytes() == before
    assert [file.name for file in old.path.parent.iterdir()] == ["admin.db"]


def test_values_of_any_type_are_given_on_as_plain_ones(old: OldDatabase) -> None:
    old.meter(1, "a", port="3333", client_id=b"\xff\x01", tb_host=None, tb_port=float("inf"))
    (meter,) = read(old.path).meters
    assert meter["port"] == 3333  # SQLite's own affinity
    assert meter["client_id"] == "\ufffd\x01"
    assert (meter["tb_host"], meter["tb_port"]) == (None, None)


def test_what_is_not_there_or_no_database_is_said_so(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("admin admin admin admin")
    empty = tmp_path / "empty.db"
    empty.touch()
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE cats (id INTEGER)")
    strange = tmp_path / "strange.db"
    with closing(sqlite3.connect(strange)) as connection, connection:
        connection.execute("CREATE TABLE meters (id INTEGER, name TEXT)")
    for path, word in (
        (tmp_path / "none.db", "cannot be read"),
        (tmp_path, "cannot be read"),
        (text, "no SQLite file"),
        (empty, "no SQLite file"),
        (other, "no table 'meters'"),
        (strange, "no column meters.ip_address"),
    ):
        with pytest.raises(OldBridgeUnreadable, match=word) as caught:
            read(path)
        assert caught.value.code == "E-OLD-BRIDGE"
        assert caught.value.hint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(at=st.integers(16, 20_000), octets=st.binary(min_size=1, max_size=600))
def test_any_damage_is_either_read_or_refused(old: OldDatabase, at: int, octets: bytes) -> None:
    if not read(old.path).meters:
        old.meter(1, "a", password="x").five(1).alarm(1, "y")
    whole = old.path.read_bytes()
    torn = old.path.parent / "torn.db"
    place = at % len(whole)
    torn.write_bytes(whole[:place] + octets + whole[place + len(octets) :])
    try:
        read(torn)
    except OldBridgeUnreadable as error:
        assert str(torn) in error.message
