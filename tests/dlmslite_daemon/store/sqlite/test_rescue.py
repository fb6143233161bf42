"""A backup in the place of a store: only a sound one of ours, and nothing is thrown away."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rig.store_suite import a_meter

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import StoreSettings
from dlmslite_daemon.errors import StoreError, StoreLocked
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.care import Backup, Care
from dlmslite_daemon.store.sqlite.rescue import rescue, restore
from dlmslite_daemon.store.sqlite.store import SqliteStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


def opened(path: Path, clock: FakeClock, *, may_rescue: bool = False) -> SqliteStore:
    settings = StoreSettings(str(path))
    return SqliteStore.open(settings, clock, Metrics(), may_rescue=may_rescue)


def backed_up(path: Path, clock: FakeClock, *names: str) -> Backup:
    """A store with these meters and its backup; then one more meter that is not in it."""
    store = opened(path, clock)
    for name in names:
        store.add_meter(a_meter(name))
    made = Care(path, 7, clock).back_up()
    store.add_meter(a_meter("later"))
    store.close()
    return made


def meters(path: Path, clock: FakeClock) -> list[str]:
    store = opened(path, clock)
    names = [record.name for record in store.meters()]
    store.close()
    return names


def corrupt(path: Path) -> None:
    """Write over a page in the middle."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)


def test_what_stood_there_is_kept_and_the_restore_is_in_the_audit(
    path: Path, clock: FakeClock
) -> None:
    made = backed_up(path, clock, "kitchen")
    aside = restore(path, made.path, clock, "ann")
    assert aside is not None
    assert meters(path, clock) == ["kitchen"]
    assert meters(aside, clock) == ["kitchen", "later"]
    store = opened(path, clock)
    (entry,) = store.audit()
    assert (entry.actor, entry.action) == ("ann", "store.restore")
    assert made.name in entry.detail
    assert aside.name in entry.detail
    store.close()
    assert made.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_what_root_restores_belongs_to_the_owner_of_the_folder(
    path: Path, clock: FakeClock
) -> None:
    made = backed_up(path, clock, "kitchen")
    os.chown(path.parent, 65534, 65534)

    restore(path, made.path, clock, "root")

    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_a_store_that_a_daemon_has_is_not_touched(path: Path, clock: FakeClock) -> None:
    made = backed_up(path, clock, "kitchen")
    store = opened(path, clock)
    with pytest.raises(StoreLocked) as refused:
        restore(path, made.path, clock, "ann")
    assert "stop" in refused.value.hint
    assert [record.name for record in store.meters()] == ["kitchen", "later"]
    store.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("corrupt", "E-STORE-CORRUPT"),
        ("foreign", "E-STORE-FOREIGN"),
        ("newer", "E-STORE-NEWER"),
        ("text", "E-STORE-NOT-DATABASE"),
        ("missing", "E-STORE-MISSING"),
        ("itself", "E-STORE-BACKUP"),
    ],
)
def test_only_a_sound_one_of_ours_is_taken(
    path: Path, clock: FakeClock, change: str, code: str
) -> None:
    source = backed_up(path, clock, "kitchen").path
    if change == "corrupt":
        corrupt(source)
    elif change == "text":
        source.write_text("no database at all, whatever its name may say" * 50)
    elif change == "missing":
        source.unlink()
    elif change == "itself":
        source = path
    else:
        pragma = "application_id = 5" if change == "foreign" else "user_version = 9999"
        with closing(sqlite3.connect(source)) as connection:
            connection.execute(f"PRAGMA {pragma}")
    with pytest.raises(StoreError) as refused:
        restore(path, source, clock, "ann")
    assert refused.value.code == code
    assert meters(path, clock) == ["kitchen", "later"]


def test_where_nothing_stood_a_backup_is_put_too(path: Path, clock: FakeClock) -> None:
    made = backed_up(path, clock, "kitchen")
    other = path.parent / "other.db"
    assert restore(other, made.path, clock, "ann") is None
    assert meters(other, clock) == ["kitchen"]


def test_a_corrupt_store_is_moved_aside_and_the_newest_sound_backup_takes_its_place(
    path: Path, clock: FakeClock
) -> None:
    good = backed_up(path, clock, "kitchen")
    clock.advance(60.0)
    corrupt(Care(path, 7, clock).back_up().path)
    corrupt(path)
    with pytest.raises(StoreError) as refused:
        opened(path, clock)  # whoever only looks moves nothing
    assert refused.value.code == "E-STORE-CORRUPT"
    store = opened(path, clock, may_rescue=True)
    rescued = store.rescued
    assert rescued is not None
    assert rescued.backup == good.path
    assert rescued.aside.exists()
    assert good.name in rescued.message
    assert [record.name for record in store.meters()] == ["kitchen"]
    store.close()
    assert opened_without_rescue(path, clock)


def opened_without_rescue(path: Path, clock: FakeClock) -> bool:
    store = opened(path, clock, may_rescue=True)
    store.close()
    return store.rescued is None


def test_without_a_sound_backup_the_store_begins_anew(path: Path, clock: FakeClock) -> None:
    opened(path, clock).close()
    corrupt(path)
    store = opened(path, clock, may_rescue=True)
    assert store.rescued is not None
    assert store.rescued.backup is None
    assert "empty" in store.rescued.message
    assert store.meters() == []
    store.close()


def test_a_file_that_is_no_database_is_ours_only_if_it_has_backups(
    path: Path, clock: FakeClock
) -> None:
    path.write_text("somebody's letter" * 500)
    with pytest.raises(StoreError) as refused:
        opened(path, clock, may_rescue=True)
    assert refused.value.code == "E-STORE-NOT-DATABASE"
    assert path.read_text().startswith("somebody's letter")
    path.unlink()
    made = backed_up(path, clock, "kitchen")
    path.write_bytes(b"\x00" * 100_000)
    store = opened(path, clock, may_rescue=True)
    assert store.rescued is not None
    assert store.rescued.backup == made.path
    store.close()


def test_what_is_not_in_the_file_yet_goes_aside_with_it(path: Path, clock: FakeClock) -> None:
    path.write_bytes(b"x")
    path.with_name("bridge.db-wal").write_bytes(b"y")
    found = rescue(path, "corrupt", clock)
    assert found.aside.with_name(found.aside.name + "-wal").read_bytes() == b"y"
    assert not path.with_name("bridge.db-wal").exists()
