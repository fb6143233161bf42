"""A backup is whole or not there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

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
