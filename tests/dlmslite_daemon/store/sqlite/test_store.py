"""The SQLite store passes the shared suite, and what only a file can do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.store_suite import StoreSuite, a_meter, a_reading

from dlmslite_daemon.clock import FakeClock, SystemClock
from dlmslite_daemon.config.schema import SinkSettings, StoreSettings
from dlmslite_daemon.errors import StoreBacklog, StoreError, StoreLocked
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.sqlite.store import SqliteStore


class TestSqliteStore(StoreSuite):
    @pytest.fixture
    def store(self, clock: FakeClock, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore.open(StoreSettings(str(tmp_path / "b.db")), clock, Metrics())
        yield store
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


def opened(path: Path, **settings: object) -> SqliteStore:
    return SqliteStore.open(
        StoreSettings(str(path), **settings),  # type: ignore[arg-type]  # the test names settings
        SystemClock(),
        Metrics(),
    )


def test_all_of_it_survives_a_restart(path: Path) -> None:
    store = opened(path)
    store.add_meter(a_meter())
    store.add_sink(SinkSettings("tb", "thingsboard"))
    ticket = store.append([a_reading(1), a_reading(2)])
    store.advance("tb", Lane.LIVE, "", 1)
    store.save_guard("k", "closed")
    assert ticket.event.wait(30)
    store.close()
    store = opened(path)
    assert store.meter("kitchen").settings == a_meter()
    assert [r.ts_ms for r in store.readings("kitchen")] == [1, 2]
    assert store.cursor("tb", Lane.LIVE) == 1
    assert store.guard("k") == "closed"
    store.close()


def test_close_commits_what_waits(path: Path) -> None:
    store = opened(path, group_commit=10.0)
    store.add_meter(a_meter())
    ticket = store.append([a_reading(1)])
    assert not ticket.done
    assert store.waiting()[0] == 1
    store.close()
    assert ticket.result().count == 1


def test_a_second_daemon_is_refused(path: Path) -> None:
    store = opened(path)
    with pytest.raises(StoreLocked) as caught:
        opened(path)
    assert "in use by process" in str(caught.value)
    store.close()
    opened(path).close()


def test_no_reader_sees_what_is_not_committed(path: Path) -> None:
    clock = FakeClock()
    store = SqliteStore.open(StoreSettings(str(path)), clock, Metrics())
    store.add_meter(a_meter())
    ticket = store.append([a_reading(1)])
    assert store.readings("kitchen") == []
    clock.advance(0.2)
    assert ticket.event.wait(30)
    assert len(store.readings("kitchen")) == 1
    store.close()


def test_more_than_the_limit_is_not_taken_but_counted(path: Path) -> None:
    metrics = Metrics()
    store = SqliteStore.open(StoreSettings(str(path), waiting_limit=100_000), FakeClock(), metrics)
    store.add_meter(a_meter())
    tickets = [store.append([a_reading(n)]) for n in range(400)]
    refused = [ticket for ticket in tickets if ticket.done]
    assert refused
    with pytest.raises(StoreBacklog):
        refused[0].result()
    assert store.waiting()[1] <= 100_000
    assert f"dlmslite_readings_lost_total {float(len(refused))}" in metrics.render().decode()
    store.close()
    assert sum(t.result().count for t in tickets if t not in refused) == 400 - len(refused)


def test_reading_only_works_beside_the_daemon_and_changes_nothing(path: Path) -> None:
    store = opened(path)
    store.add_meter(a_meter())
    beside = SqliteStore.open_read_only(path, SystemClock(), Metrics())
    assert beside.meter("kitchen").settings == a_meter()
    for change in (
        lambda: beside.add_meter(a_meter("attic")),
        lambda: beside.append([a_reading(1)]).result(),
        lambda: beside.advance("tb", Lane.LIVE, "", 1).result(),
    ):
        with pytest.raises(StoreError) as caught:
            change()
        assert caught.value.code == "E-STORE-READONLY"
    assert beside.waiting() == (0, 0)
    beside.flush()
    beside.close()
    store.close()
    with pytest.raises(StoreError) as missing:
        SqliteStore.open_read_only(path.with_name("x.db"), SystemClock(), Metrics())
    assert missing.value.code == "E-STORE-MISSING"


def test_the_folder_is_made_only_when_asked(tmp_path: Path) -> None:
    settings = StoreSettings(str(tmp_path / "data" / "bridge.db"))
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(settings, SystemClock(), Metrics())
    assert caught.value.code == "E-STORE-FOLDER"
    SqliteStore.open(settings, SystemClock(), Metrics(), make_folder=True).close()
    deeper = StoreSettings(str(tmp_path / "a" / "b" / "bridge.db"))
    with pytest.raises(StoreError) as caught:
        SqliteStore.open(deeper, SystemClock(), Metrics(), make_folder=True)
    assert caught.value.code == "E-STORE-FOLDER"


def test_info_tells_that_the_writer_runs(path: Path) -> None:
    store = opened(path)
    info = store.info()
    assert (info["writer_alive"], info["path"]) == (1, str(path))
    store.close()


def test_the_size_counts_what_is_committed_and_not_in_the_file_yet(path: Path) -> None:
    store = opened(path)
    wal = path.with_name(path.name + "-wal")
    assert wal.stat().st_size > 0
    assert store.info()["bytes"] == path.stat().st_size + wal.stat().st_size
    store.close()


def test_a_file_that_cannot_be_opened_is_not_left_locked(path: Path) -> None:
    path.write_text("these are my notes\n" * 100)
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            opened(path)
        assert caught.value.code == "E-STORE-NOT-DATABASE"
    path.unlink()
    opened(path).close()
