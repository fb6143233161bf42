"""Every old database migrates to the newest schema and keeps its rows.

``tests/databases/<nnnn>.sql`` is what a store of that schema number was, as SQL text. When a schema
step is added, its predecessor's file stays as it is; ``python tests/house/test_schemas.py`` writes
the file of the newest number.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import (
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind
from dlmslite_daemon.store.migrations import packaged
from dlmslite_daemon.store.records import (
    AuditEntry,
    DeadLetter,
    Diagnostic,
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
    TokenRecord,
)
from dlmslite_daemon.store.sqlite.backup import APPLICATION_ID
from dlmslite_daemon.store.sqlite.store import SqliteStore

DATABASES = Path(__file__).resolve().parents[1] / "databases"
NUMBERS = [step.number for step in packaged()]


def opened(path: Path) -> SqliteStore:
    return SqliteStore.open(StoreSettings(str(path)), FakeClock(), Metrics())


def restored(number: int, path: Path) -> None:
    """The old store as a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((DATABASES / f"{number:04}.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {number}")


def rows(path: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }


@pytest.mark.parametrize("number", NUMBERS)
def test_an_old_store_opens_and_keeps_its_rows(number: int, tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    restored(number, path)
    before = rows(path)
    store = opened(path)
    assert store.info()["schema"] == NUMBERS[-1]
    assert [record.name for record in store.meters()] == ["kitchen", "attic"]
    big = store.readings("kitchen", series="energy")
    assert [reading.raw for reading in big] == [1 << 64]
    assert store.latest("kitchen")["voltage"].value_text() == "230.1"
    assert store.cursor("tb", Lane.LIVE) == 1
    assert len(store.readings_after(Lane.HISTORY, 0, 9)) == 1
    assert store.guard("guard") == "closed"
    assert store.notebook("kitchen") == {"scaler": "-1"}
    totals = store.meter_totals(0, 300_000)
    assert [total.polls_complete for total in totals.values()] == ([29] if number > 1 else [])
    assert len(store.alarms()) == len(store.dead_letters("tb")) == len(store.tokens()) == 1
    store.close()
    after = rows(path)
    assert {name: after[name] for name in before} == before


def test_the_newest_file_is_the_newest_schema(tmp_path: Path) -> None:
    """A schema file that was released is never edited: stores out there were made by it."""
    path = tmp_path / "bridge.db"
    restored(NUMBERS[-1], path)
    fresh = tmp_path / "fresh.db"
    opened(fresh).close()
    assert schema(path) == schema(fresh)


def schema(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            sql
            for (sql,) in connection.execute(
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            )
        }


def write_newest() -> None:
    """Make a store with a row of each kind, and write it down."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bridge.db"
        store = opened(path)
        series = (
            SeriesSettings("voltage", "1.1.32.7.0.255"),
            SeriesSettings("energy", "1.0.1.8.0.255"),
        )
        store.add_meter(MeterSettings("kitchen", "tcp://10.0.0.5:3333", series=series))
        store.add_meter(MeterSettings("attic", "tcp://10.0.0.6:3333"))
        store.add_sink(SinkSettings("tb", "thingsboard"))
        store.append(
            [
                Reading("kitchen", "voltage", 1, ValueKind.INTEGER, 2301, -1, unit="V"),
                Reading("kitchen", "energy", 1, ValueKind.INTEGER, 1 << 64),
                Reading(
                    "kitchen", "voltage", 0, ValueKind.INTEGER, 2300, -1, source=Source.PROFILE
                ),
            ]
        )
        store.advance("tb", Lane.LIVE, "", 1)
        store.add_dead_letter(DeadLetter("tb", Lane.LIVE, 1, 1, "t", b"{}", "too long", 1))
        store.save_guard("guard", "closed")
        store.note("kitchen", {"scaler": "-1"})
        store.save_alarm(Alarm("kitchen", Condition("silence", "quiet"), 1, 1))
        store.add_audit(AuditEntry(1, "ann", "meter.add", "kitchen"))
        store.add_token(TokenRecord("first", "admin", "ab" * 32, 1))
        store.record(
            Interval(
                (MeterMetrics("kitchen", 300_000, 300.0, 30, 29, latency=(29,)),),
                (NetworkMetrics("kitchen", 300_000, 300.0, 9, 10),),
                ServiceMetrics(300_000, 300.0, 300.0),
                (SinkMetrics("tb", 300_000, 300.0),),
                {"rolled": 3},
            )
        )
        store.add_diagnostic(Diagnostic("kitchen", 1, "error", "hdlc", "bad FCS", b"\x7e"))
        store.count("sink/tb", {"acknowledged": 1})
        store.save_setting("policies.breaker", "{}")
        store.close()
        with closing(sqlite3.connect(path)) as connection:
            text = "\n".join(
                line for line in connection.iterdump() if "sqlite_sequence" not in line
            )
    (DATABASES / f"{NUMBERS[-1]:04}.sql").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write_newest())
