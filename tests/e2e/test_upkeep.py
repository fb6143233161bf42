"""Backup, restore, db, audit and the metrics tables against a running daemon with ten meters."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


def test_a_backup_under_load_is_sound_and_holds_what_was_committed(
    bridge: RunningBridge, tmp_path: Path
) -> None:
    bridge.all_online()
    before = bridge.shell("db", "size", "--json").json
    rows = {one["name"]: one["rows"] for one in before["tables"]}
    assert rows["meters"] == len(bridge.names)
    target = tmp_path / "mine.db"
    said = bridge.shell("backup", str(target))
    assert (said.code, "checked and sound" in said.out) == (0, True)
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT count(*) FROM readings").fetchone()[0] >= rows["readings"]
    (listed,) = bridge.shell("backup", "--list", "--json").json["backups"]
    assert listed["bytes"] == target.stat().st_size
    assert bridge.shell("db", "check").code == 0


def test_a_running_daemons_store_is_not_replaced(bridge: RunningBridge) -> None:
    bridge.shell("backup")
    for words in (("--yes",), ()):
        said = bridge.shell("restore", "latest", *words)
        assert (said.code, "E-STORE-LOCKED" in said.err) == (1, True), said


def test_what_operators_did_is_in_the_audit(bridge: RunningBridge) -> None:
    name = bridge.names[0]
    assert bridge.shell("pause", name).code == 0
    assert bridge.shell("resume", name).code == 0
    found = bridge.shell("audit", "--target", name, "--action", "meter", "--json").json["audit"]
    assert [entry["action"] for entry in found[:2]] == ["meter.resume", "meter.pause"]


def test_the_tables_of_metrics_are_really_written(bridge: RunningBridge) -> None:
    """A report has the recorder write what is not written yet."""
    bridge.all_online()

    def written() -> bool:
        assert bridge.shell("report", "qos", "--json").json["kind"] == "qos"
        tables = bridge.shell("db", "size", "--json").json["tables"]
        rows = {one["name"]: one["rows"] for one in tables}
        kinds = ("meter_metrics", "network_metrics", "service_metrics", "sink_metrics")
        return all(rows[kind] > 0 for kind in kinds)

    until(written, "rows are written", 60.0)
