"""Whatever can be wrong with the file is one clear error with its own code."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from dlmslite_daemon.errors import StoreError, StoreLocked
from dlmslite_daemon.store.migrations import Migration, packaged
from dlmslite_daemon.store.sqlite import connection as module
from dlmslite_daemon.store.sqlite.connection import (
    APPLICATION_ID,
    FileLock,
    Readers,
    connect,
    explained,
    make_folder_of,
    opened,
)

ONE = Migration(1, "0001_a.sql", "CREATE TABLE a (x INTEGER) STRICT; -- one; of two\n")
TWO = Migration(
    2, "0002_b.sql", "CREATE TABLE b (y TEXT) STRICT;\nINSERT INTO b SELECT 'was ' || x FROM a;\n"
)
BROKEN = Migration(2, "0002_b.sql", "CREATE TABLE b (y TEXT) STRICT;\nINSERT INTO c VALUES (1);\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}


def code_of(path: Path, **options: bool) -> str:
    with pytest.raises(StoreError) as caught:
        opened(path, packaged(), path.parent, **options)
    assert str(path) in str(caught.value)
    return caught.value.code


def test_a_new_file_gets_schema_and_pragmas(path: Path) -> None:
    with closing(opened(path, packaged(), path.parent)) as connection:
        asked = {
            pragma: connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "application_id",
                "user_version",
            )
        }
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "application_id": APPLICATION_ID,
        "user_version": len(packaged()),
    }
    assert {
        "meters",
        "meter_metrics",
        "alarms",
        "network_metrics",
        "dlms_diagnostics",
        "measurements",
        "readings",
        "sinks",
        "cursors",
        "dead_letters",
        "notebook",
        "audit",
        "tokens",
    } <= tables(path)


def test_nobody_but_owner_and_group_may_read_a_new_file(path: Path) -> None:
    before = os.umask(0o022)  # the usual one, which would let everybody read
    try:
        connection = opened(path, packaged(), path.parent)
    finally:
        os.umask(before)
    with closing(connection):
        connection.execute("CREATE TABLE x (y INTEGER) STRICT")
        files = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
        assert [stat.S_IMODE(one.stat().st_mode) for one in files] == [0o640] * 3


def test_a_file_that_is_no_database(path: Path) -> None:
    path.write_text("these are my notes\n" * 100)
    assert code_of(path) == "E-STORE-NOT-DATABASE"


def test_a_database_of_somebody_else(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meters (id INTEGER)")
    assert code_of(path) == "E-STORE-FOREIGN"


def test_a_corrupt_file(path: Path) -> None:
    with closing(opened(path, packaged(), path.parent)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    octets = bytearray(path.read_bytes())
    octets[4096 * 2 : 4096 * 3] = b"\xa5" * 4096
    path.write_bytes(octets)
    assert code_of(path) == "E-STORE-CORRUPT"


def test_a_store_of_a_later_version(path: Path) -> None:
    opened(path, packaged(), path.parent).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError) as caught:
        opened(path, packaged(), path.parent)
    assert caught.value.code == "E-STORE-NEWER"


def test_an_older_schema_is_not_changed_by_a_reader(path: Path) -> None:
    opened(path, (ONE,), path.parent).close()
    with pytest.raises(StoreError) as caught:
        opened(path, (ONE, TWO), path.parent, read_only=True)
    assert caught.value.code == "E-STORE-OLDER"
    assert "b" not in tables(path)


def test_a_missing_file_is_not_made_by_a_reader(path: Path) -> None:
    assert code_of(path, read_only=True) == "E-STORE-IO"
    assert not path.exists()


def test_an_sqlite_without_strict_tables(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError) as caught:
        opened(path, packaged(), path.parent)
    assert caught.value.code == "E-STORE-SQLITE"


def test_a_migration_keeps_the_rows_and_leaves_a_backup(path: Path) -> None:
    with closing(opened(path, (ONE,), path.parent)) as connection:
        connection.execute("INSERT INTO a VALUES (7)")
    with closing(opened(path, (ONE, TWO), path.parent / "backups")) as connection:
        assert connection.execute("SELECT y FROM b").fetchall() == [("was 7",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    backup = path.parent / "backups" / "bridge.before-0002.db"
    assert tables(backup) == {"a"}


def test_a_migration_that_fails_leaves_the_store_untouched(path: Path) -> None:
    opened(path, (ONE,), path.parent).close()
    with pytest.raises(StoreError):
        opened(path, (ONE, BROKEN), path.parent)
    assert tables(path) == {"a"}
    opened(path, (ONE, TWO), path.parent).close()
    assert tables(path) == {"a", "b"}


def test_the_lock_is_one_processes_and_names_it(path: Path) -> None:
    lock = FileLock(path)
    with pytest.raises(StoreLocked) as caught:
        FileLock(path)
    assert f"process {os.getpid()}" in str(caught.value)
    lock.release()
    FileLock(path).release()


def test_a_lock_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        FileLock(tmp_path / "no" / "bridge.db")
    assert caught.value.code == "E-STORE-FOLDER"


def test_a_lock_where_nothing_can_be_written(tmp_path: Path) -> None:
    # A file in place of the folder: root ignores permissions, but not this.
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        FileLock(tmp_path / "file" / "bridge.db")
    assert caught.value.code == "E-STORE-READONLY"


def test_a_folder_is_made_beside_what_is_there(tmp_path: Path) -> None:
    make_folder_of(tmp_path / "data" / "bridge.db")
    make_folder_of(tmp_path / "data" / "bridge.db")
    assert (tmp_path / "data").is_dir()
    with pytest.raises(StoreError):
        make_folder_of(tmp_path / "a" / "b" / "bridge.db")


@pytest.mark.parametrize(
    ("number", "code", "again"),
    [
        (sqlite3.SQLITE_BUSY, "E-STORE-BUSY", True),
        (sqlite3.SQLITE_FULL, "E-STORE-FULL", True),
        (sqlite3.SQLITE_IOERR_FSYNC, "E-STORE-IO", True),
        (sqlite3.SQLITE_CORRUPT_INDEX, "E-STORE-CORRUPT", False),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "E-STORE-READONLY", False),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, "E-STORE", False),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(number: int, code: str, again: bool) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = number
    ours, may_pass = explained(error, "bridge.db")
    assert (ours.code, may_pass) == (code, again)


def test_readers_keep_few_connections_whoever_asks(path: Path) -> None:
    opened(path, packaged(), path.parent).close()
    readers = Readers(path)
    together = threading.Barrier(8)

    def ask() -> None:
        with readers.borrow() as connection:
            together.wait(10)
            connection.execute("SELECT count(*) FROM meters").fetchone()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert readers._idle.qsize() == module._IDLE_READERS
    readers.close()
    assert readers._idle.empty()


def test_readers_turn_errors_into_ours_and_cannot_write(path: Path) -> None:
    opened(path, packaged(), path.parent).close()
    readers = Readers(path)
    with pytest.raises(StoreError), readers.borrow() as connection:
        connection.execute("SELECT * FROM nothing")
    with pytest.raises(StoreError) as caught, readers.borrow() as connection:
        connection.execute("DELETE FROM meters")
    assert caught.value.code == "E-STORE-READONLY"
    with readers.borrow() as lent:
        readers.close()
        lent.execute("SELECT 1")
    with pytest.raises(sqlite3.ProgrammingError):
        lent.execute("SELECT 1")
    with pytest.raises(StoreError) as closed, readers.borrow():
        pass
    assert closed.value.code == "E-STORE-CLOSED"


def test_a_path_with_strange_characters(tmp_path: Path) -> None:
    path = tmp_path / "what? #1 100%.db"
    connect(path).close()
    assert path.exists()
