"""How many readings a second the store takes in, as pollers hand them over and commits settle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rig.bench import OURS, record

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.schema import (
    MeterSettings,
    SeriesSettings,
    SinkSettings,
    StoreSettings,
)
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.outbox import Outbox
from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.store.sqlite.store import SqliteStore

METERS = 20
SERIES = 5  # a batch: what one poll of one meter brings
ROUNDS = 3  # the best one counts: what a machine that others use as well disturbs least


def fleet(path: Path) -> SqliteStore:
    """A store of some meters and one sink."""
    store = SqliteStore.open(StoreSettings(str(path)), SystemClock(), Metrics())
    for n in range(METERS):
        series = tuple(SeriesSettings(f"s{k}", f"1.0.{k}.8.0.255") for k in range(SERIES))
        store.add_meter(MeterSettings(f"m{n}", f"tcp://10.0.0.{n}:3333", series=series))
    store.add_sink(SinkSettings("tb", "thingsboard"))
    return store


def fill(store: SqliteStore, first: int, polls: int) -> float:
    """Hand over so many polls and wait until the last is on disk; gives readings per second."""
    start = time.perf_counter()
    tickets = []
    for poll in range(first, first + polls):
        tickets.append(
            store.append(
                [
                    Reading(f"m{poll % METERS}", f"s{k}", poll, ValueKind.INTEGER, 2301 + k, -1)
                    for k in range(SERIES)
                ]
            )
        )
        while store.waiting()[1] > 4_000_000:
            store.flush()
            time.sleep(0.001)
    store.flush()
    for ticket in tickets:
        assert ticket.event.wait(60)
        assert ticket.result().count == SERIES
    return polls * SERIES / (time.perf_counter() - start)


def drain(outbox: Outbox) -> float:
    """Acknowledge message after message, as a forwarder does; gives messages per second."""
    start, messages = time.perf_counter(), 0
    while batch := outbox.take(500):
        for at in range(0, len(batch), SERIES):
            outbox.acknowledge([r.number or 0 for r in batch[at : at + SERIES]])
            messages += 1
            # No more than the window may be lost by a crash.
            while outbox.unsettled >= 50:
                outbox.settle()
                time.sleep(0.0002)
    return messages / (time.perf_counter() - start)


def test_readings_in(benchmark: Any, tmp_path: Path) -> None:
    store = fleet(tmp_path / "bridge.db")
    polls = 5_000 if benchmark.enabled else 10
    best = max(fill(store, round_ * polls, polls) for round_ in range(ROUNDS))
    record(benchmark, "store-in", OURS, best)
    assert store.last_number() == ROUNDS * polls * SERIES
    store.close()


def test_readings_through_the_outbox(benchmark: Any, tmp_path: Path) -> None:
    store = fleet(tmp_path / "bridge.db")
    polls = 3_000 if benchmark.enabled else 10
    outbox = Outbox(store, "tb", Lane.LIVE)
    best = 0.0
    for round_ in range(ROUNDS):
        fill(store, round_ * polls, polls)
        best = max(best, drain(outbox))
    record(benchmark, "outbox-out", OURS, best)
    assert store.last_number() == outbox.cursor
    store.close()
