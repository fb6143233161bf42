"""``kill -9`` at random moments under load (faults.md 35).

After each: the store opens and is sound, nothing that was committed is gone, no cursor is ahead of
the data. In the end: everything stored has arrived, each kill cost at most a window of duplicates.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
from rig.broker import Broker, Subscriber
from rig.daemon import Daemon, until

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite_daemon.engine.forwarder import WINDOW

pytestmark = pytest.mark.e2e

KILLS = 20
METERS = 10
SEED = 35
SERIES = ("1.1.32.7.0.255", "1.1.31.7.0.255", "1.1.1.8.0.255")


def config(broker: int, urls: list[str]) -> str:
    meters = "".join(
        f'[meters.m{n}]\nurl = "{url}"\nclient = 1\nauth = "lls"\npassword = "env:PW"\n'
        f"every = 1.0\n[meters.m{n}.series]\n"
        + "".join(f's{i} = "{obis}"\n' for i, obis in enumerate(SERIES))
        for n, url in enumerate(urls)
    )
    return (
        '[store]\npath = "bridge.db"\n[api]\nport = 0\nsocket = "bridge.sock"\n'
        f'[sinks.plain]\nkind = "mqtt"\nhost = "127.0.0.1"\nport = {broker}\n{meters}'
    )


def look(folder: Path) -> tuple[set[tuple[int, int]], int, int]:
    """The stored (number, time) pairs, the last number, the sink's cursor; the file is sound."""
    with contextlib.closing(sqlite3.connect(folder / "bridge.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = set(store.execute("SELECT number, ts_ms FROM readings").fetchall())
        (last,) = store.execute("SELECT coalesce(max(number), 0) FROM readings").fetchone()
        (cursor,) = store.execute("SELECT coalesce(max(number), 0) FROM cursors").fetchone()
    return rows, last, cursor


def test_35_twenty_kills_under_load_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(serve(single_phase())).url for _ in range(METERS)]
        broker = stack.enter_context(Broker(tmp_path))
        subscriber = stack.enter_context(Subscriber(broker.port, "meters/+/state"))
        (tmp_path / "bridge.toml").write_text(config(broker.port, urls))
        daemon = stack.enter_context(Daemon(tmp_path, "--config", "bridge.toml", PW="22222222"))
        begun = time.monotonic()
        until(lambda: latest(subscriber), "the first reading arrives")
        # So long it takes here, from the start to the first delivery: some kills come later.
        usual = time.monotonic() - begun
        known: set[tuple[int, int]] = set()
        grown = 0
        for _ in range(KILLS):
            time.sleep(usual * chance.uniform(0.5, 1.5))
            daemon.kill()
            rows, last, cursor = look(tmp_path)
            assert known <= rows, "what was committed is gone"
            assert cursor <= last
            grown += rows > known
            known = rows
            daemon.start()
        assert grown >= KILLS // 10, "the kills were under load"
        until(lambda: look(tmp_path)[2] > max(known)[0], "the backlog is delivered")
        assert daemon.terminate() == 0
        rows, last, cursor = look(tmp_path)
        until(lambda: len(points(subscriber)) >= cursor, "the last of it is here")
        _check(rows, cursor, points(subscriber))


def latest(subscriber: Subscriber) -> int:
    """The newest measurement time among the last messages."""
    recent = subscriber.messages[-200:]
    states = (message for message in recent if message.topic != "meters/bridge/state")
    return max((json.loads(message.payload)["ts"] for message in states), default=0)


def points(subscriber: Subscriber) -> Counter[tuple[str, int, str]]:
    """What arrived: meter, time and series, and how often."""
    found: Counter[tuple[str, int, str]] = Counter()
    for message in list(subscriber.messages):
        if message.topic == "meters/bridge/state":
            continue
        payload = json.loads(message.payload)
        meter = message.topic.split("/")[1]
        found.update((meter, payload["ts"], series) for series in payload["values"])
    return found


def _check(rows: set[tuple[int, int]], cursor: int, arrived: Counter[tuple[str, int, str]]) -> None:
    delivered = sum(number <= cursor for number, _ in rows)
    assert len(arrived) >= delivered, "a reading before the cursor did not arrive"
    assert {ts_ms for _, ts_ms, _ in arrived} <= {ts_ms for _, ts_ms in rows}, "sent, not stored"
    messages = sum(count - 1 for count in arrived.values()) / len(SERIES)
    assert messages <= KILLS * WINDOW
