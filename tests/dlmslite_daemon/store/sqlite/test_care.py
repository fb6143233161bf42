"""Backups that are sound and few, checks and sizes; all while the store is in use."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rig.store_suite import a_meter, a_reading

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite import care as module
from dlmslite_daemon.store.sqlite.care import Care, UnknownBackup, is_ours
from dlmslite_daemon.store.sqlite.connection import connect
from dlmslite_daemon.store.sqlite.store import SqliteStore

DAY = 86_400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def store(path: Path, clock: FakeClock) -> Iterator[SqliteStore]:
    store = SqliteStore.open(StoreSettings(str(path)), clock, Metrics())
    store.add_meter(a_meter())
    put(store, 1, 2)
    yield store
    store.close()


def put(store: SqliteStore, *times: int) -> None:
    ticket = store.append([a_reading(ts_ms) for ts_ms in times])
    store.flush()
    assert ticket.event.wait(10)


def test_a_backup_of_a_store_in_use_is_the_store(
    store: SqliteStore, path: Path, clock: FakeClock
) -> None:
    care = Care(path, 7, clock)
    assert care.due()
    made = care.back_up()
    assert made.path.parent == path.parent / "backups"
    assert made.made_ms == clock.utc_ms() // 1000 * 1000
    assert not care.due()
    put(store, 3)
    copy = SqliteStore.open_read_only(made.path, clock, Metrics())
    assert [r.ts_ms for r in copy.readings("kitchen")] == [1, 2]
    copy.close()
    clock.advance(DAY)
    assert care.due()


@pytest.mark.usefixtures("store")
def test_so_many_are_kept_and_those_before_migrations_stay(path: Path, clock: FakeClock) -> None:
    care = Care(path, 2, clock)
    (path.parent / "backups").mkdir()
    (path.parent / "backups" / "bridge.before-0002.db").write_bytes(b"")
    (path.parent / "backups" / "notes.txt").write_text("mine")
    names = []
    for _ in range(4):
        clock.advance(DAY)
        names.append(care.back_up().name)
    timed = [one.name for one in care.backups() if one.schema is None]
    assert timed == [names[3], names[2]]
    assert care.backup("bridge.before-0002.db").schema == 2
    assert care.backup(names[2]).octets > 0
    assert (path.parent / "backups" / "notes.txt").exists()
    for name in (names[0], "../bridge.db", "notes.txt"):
        with pytest.raises(UnknownBackup):
            care.backup(name)


@pytest.mark.usefixtures("store")
def test_one_backup_at_a_time(path: Path, clock: FakeClock) -> None:
    care = Care(path, 2, clock)
    refused: list[str] = []

    def again(_done: int, _every: int) -> None:
        try:
            care.back_up()
        except StoreError as error:
            refused.append(error.code)

    care.back_up(again)
    assert set(refused) == {"E-STORE-BUSY"}
    assert len(care.backups()) == 1


@pytest.mark.usefixtures("store")
def test_a_copy_goes_anywhere_but_over_the_store(path: Path, clock: FakeClock) -> None:
    care = Care(path, 2, clock)
    care.copy(path.parent / "elsewhere.db")
    assert is_ours(path.parent / "elsewhere.db") == care.check().schema
    for target in (path, path.parent / "elsewhere.db" / "x.db"):
        with pytest.raises(StoreError) as refused:
            care.copy(target)
        assert refused.value.code == "E-STORE-BACKUP"


@pytest.mark.usefixtures("store")
def test_a_check_finds_a_broken_reference(path: Path, clock: FakeClock) -> None:
    care = Care(path, 2, clock)
    assert care.check().problems == []
    assert care.check().pages > 10
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO notebook VALUES (99, 'a', 'b')")
        connection.commit()
    assert care.check().problems == ["a row of notebook points at no row of meters"]


@pytest.mark.usefixtures("store")
def test_the_size_of_it_and_its_tables(path: Path, clock: FakeClock) -> None:
    care = Care(path, 2, clock)
    made = care.back_up()
    size = care.size()
    assert size.octets == path.stat().st_size
    assert size.backup_octets == made.octets
    assert size.tables["readings"][0] == 2
    assert size.tables["meters"] == (1, size.tables["meters"][1])
    octets = [of_table for _, of_table in size.tables.values() if of_table is not None]
    assert sum(octets) <= size.octets + size.wal_octets
    # Each table has a page at least, unless this SQLite cannot say.
    assert octets == [] or min(octets) > 0


class NoDbstat:
    """A connection of an SQLite that was built without ``dbstat``, or whose disk fails."""

    def __init__(self, inner: sqlite3.Connection, message: str) -> None:
        self._inner = inner
        self._message = message

    def execute(self, sql: str) -> sqlite3.Cursor:
        if "dbstat" in sql:
            raise sqlite3.OperationalError(self._message)
        return self._inner.execute(sql)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.usefixtures("store")
def test_without_dbstat_the_octets_of_tables_are_not_known(
    path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(message: str) -> None:
        monkeypatch.setattr(
            module, "connect", lambda path, **how: NoDbstat(connect(path, **how), message)
        )

    without("no such table: dbstat")
    size = Care(path, 2, clock).size()
    assert size.tables["readings"] == (2, None)
    assert size.octets == path.stat().st_size
    without("disk I/O error")
    with pytest.raises(StoreError, match="disk I/O error"):
        Care(path, 2, clock).size()


def test_without_a_store_there_is_nothing_to_care_for(tmp_path: Path, clock: FakeClock) -> None:
    care = Care(tmp_path / "none.db", 2, clock)
    for ask in (care.back_up, care.check, care.size):
        with pytest.raises(StoreError) as refused:
            ask()
        assert refused.value.code == "E-STORE-MISSING"
    assert not (tmp_path / "none.db").exists()


def test_another_database_is_not_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE a (x)")
    with pytest.raises(StoreError) as refused:
        is_ours(tmp_path / "other.db")
    assert refused.value.code == "E-STORE-FOREIGN"


KILLED = """
import os, signal, sys
from pathlib import Path
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.store.sqlite import care as module
from dlmslite_daemon.store.sqlite.care import Care

def die(done, every):
    os.kill(os.getpid(), signal.SIGKILL)

Care(Path(sys.argv[1]), 2, SystemClock()).back_up(die)
"""


def test_35_a_kill_during_a_backup_leaves_the_store_whole_and_no_half_backup(
    store: SqliteStore, path: Path, clock: FakeClock
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    care = Care(path, 2, clock)
    assert care.backups() == []
    put(store, 3)
    assert care.check().problems == []
    assert care.back_up().octets > 0
    assert [r.ts_ms for r in store.readings("kitchen")] == [1, 2, 3]
