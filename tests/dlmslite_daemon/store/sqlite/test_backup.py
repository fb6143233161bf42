"""A backup is whole or not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.store.sqlite.backup import before_migration, copy_to
from dlmslite_daemon.store.sqlite.connection import connect


def test_a_copy_is_one_sound_file_with_what_was_committed(tmp_path: Path) -> None:
    source, target = connect(tmp_path / "a.db"), tmp_path / "backups" / "copy.db"
    source.execute("CREATE TABLE a (x)")
    source.execute("INSERT INTO a VALUES (1)")
    copy_to(source, target)
    source.execute("INSERT INTO a VALUES (2)")
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT x FROM a").fetchall() == [(1,)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]
    copy_to(source, target)
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM a").fetchone() == (2,)
    source.close()


def test_a_copy_that_fails_leaves_the_older_one(tmp_path: Path) -> None:
    source, target = connect(tmp_path / "a.db"), tmp_path / "copy.db"
    target.write_text("older")
    source.close()
    with pytest.raises(sqlite3.ProgrammingError):
        copy_to(source, target)
    assert target.read_text() == "older"


def test_the_backup_before_a_migration_is_named_by_it(tmp_path: Path) -> None:
    source = connect(tmp_path / "bridge.db")
    target = before_migration(source, tmp_path / "bridge.db", tmp_path / "backups", 7)
    assert target == tmp_path / "backups" / "bridge.before-0007.db"
    assert target.is_file()
    source.close()


def test_a_copy_of_a_store_in_use_is_of_one_moment_and_ends(tmp_path: Path) -> None:
    """Without the read transaction each commit of the writer would make it begin anew."""
    writer, reader = connect(tmp_path / "a.db"), connect(tmp_path / "a.db", read_only=True)
    writer.execute("CREATE TABLE a (x)")
    writer.executemany("INSERT INTO a VALUES (?)", [("x" * 4000,)] * 5_000)
    before = writer.execute("SELECT count(*) FROM a").fetchone()
    told: list[tuple[int, int]] = []

    def write(done: int, every: int) -> None:
        told.append((done, every))
        writer.execute("INSERT INTO a VALUES ('more')")

    copy_to(reader, tmp_path / "copy.db", write)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM a").fetchone() == before
    assert len(told) > 3
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    for connection in (writer, reader):
        connection.close()


def test_an_unsound_copy_is_not_kept(tmp_path: Path) -> None:
    source = connect(tmp_path / "a.db")
    source.execute("CREATE TABLE a (x INTEGER PRIMARY KEY)")
    source.execute("CREATE TABLE b (y REFERENCES a (x))")
    source.execute("PRAGMA foreign_keys = OFF")
    source.execute("INSERT INTO b VALUES (5)")
    with pytest.raises(StoreError, match="a row of b points at no row of a") as refused:
        copy_to(source, tmp_path / "copy.db")
    assert refused.value.code == "E-STORE-CORRUPT"
    assert sorted(path.name for path in tmp_path.glob("copy*")) == []
    source.close()


def test_a_copy_is_for_its_owner_alone(tmp_path: Path) -> None:
    source = connect(tmp_path / "a.db")
    source.execute("CREATE TABLE a (x)")
    copy_to(source, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0
    source.close()
