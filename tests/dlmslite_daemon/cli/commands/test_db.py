"""``db check`` and ``db size``, with and without a daemon."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rig.bridge import Bridge, bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.store.sqlite.care import Care, Size


def test_a_sound_store_of_a_running_daemon(shell: Shell, daemon: Bridge) -> None:
    said = shell("db", "check")
    assert (said.code, "the store is sound" in said.out) == (0, True)
    assert shell("db", "check", "--json").json["problems"] == []
    size = shell("db", "size", "--json").json
    assert size["bytes"] == (daemon.path / "bridge.db").stat().st_size
    assert "readings" in shell("db", "size").out


def test_one_that_is_not_sound_exits_with_1(shell: Shell, tmp_path: Path) -> None:
    assert shell("db", "check").code == 4
    with bridge(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as connection:
        connection.execute("INSERT INTO notebook VALUES (99, 'a', 'b')")
        connection.commit()
    said = shell("db", "check")
    assert said.code == 1
    assert "points at no row of meters" in said.out
    assert "dlmslite-bridge restore latest" in said.out
    assert "no daemon runs" in said.err
    assert shell("db", "check", "--json").json["sound"] is False
    assert shell("db", "size").code == 0


@pytest.mark.usefixtures("daemon")
def test_where_sqlite_cannot_say_how_the_tables_lie_it_says_that(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "dbstat" not in shell("db", "size").out
    size = Size(4096, 0, 0, 0, {"meters": (1, None)})
    monkeypatch.setattr(Care, "size", lambda _care: size)
    said = shell("db", "size")
    assert said.code == 0
    assert ["meters", "1", "-"] in [line.split() for line in said.out.splitlines()]
    assert "this SQLite has no dbstat" in said.out
    assert shell("db", "size", "--json").json["tables"][0]["bytes"] is None
