"""What waits for each sink, whether its meters share a connection or not."""

from __future__ import annotations

import pytest
from rig.engine import Bench

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine import backlog as module
from dlmslite_daemon.engine.backlog import Backlog, own_meters
from dlmslite_daemon.reading import Lane, Reading, ValueKind

LEGACY = SinkSettings("old", "thingsboard", options={"host": "h", "mode": "legacy"})
PLAIN = SinkSettings("plain", "mqtt", options={"host": "h"})


def stocked() -> Bench:
    """Two meters with three readings each, by turns; two sinks."""
    bench = Bench()
    for name in ("a", "b"):
        bench.add(name)
    for sink in (LEGACY, PLAIN, SinkSettings("bad", "thingsboard")):
        bench.store.add_sink(sink)
    for ts_ms in range(10, 16):
        meter = "a" if ts_ms % 2 == 0 else "b"
        reading = Reading(meter, "voltage", ts_ms, ValueKind.INTEGER, 1, 0, host_ts_ms=ts_ms)
        bench.store.append([reading]).result()
    return bench


def test_connections_of_their_own_wait_for_themselves() -> None:
    store = stocked().store
    store.advance("old", Lane.LIVE, "a", 5)
    backlog = Backlog(store)
    assert backlog.of_sink("old") == {"live": 3, "history": 0}
    assert backlog.of_sink("old", "a") == {"live": 0, "history": 0}
    assert backlog.of_sink("old", "b") == {"live": 3, "history": 0}
    assert backlog.oldest("old") == 11


def test_all_meters_are_counted_at_once_as_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    store = stocked().store
    store.advance("old", Lane.LIVE, "a", 5)
    store.advance("plain", Lane.LIVE, "", 2)
    backlog = Backlog(store)
    assert backlog.of_meters() == {name: backlog.of_meter(name) for name in ("a", "b")}
    monkeypatch.setattr(module, "COUNTED_MAX", 3)
    store.advance("bad", Lane.LIVE, "", 6)
    store.advance("old", Lane.LIVE, "b", 6)
    assert sum(Backlog(store).of_meters().values()) == 3


def test_a_shared_connection_waits_as_one() -> None:
    store = stocked().store
    store.advance("plain", Lane.LIVE, "", 2)
    backlog = Backlog(store)
    assert backlog.of_sink("plain") == {"live": 4, "history": 0}
    assert backlog.of_sink("plain", "a") == {"live": 2, "history": 0}
    assert backlog.oldest("plain") == 12
    assert backlog.of_meter("a") == 3  # of the sink that has acknowledged nothing


def test_who_has_a_connection_of_its_own() -> None:
    store = stocked().store
    told = {record.name: own_meters(store, record) for record in store.sinks()}
    assert told == {"old": ["a", "b"], "plain": None, "bad": None}


def test_nothing_waits_where_all_is_acknowledged() -> None:
    store = stocked().store
    for sink in store.sinks():
        for lane in Lane:
            for connection in ("", "a", "b"):
                store.advance(sink.name, lane, connection, 6)
    assert Backlog(store).of_meter("a") == 0
    assert Backlog(store).oldest("old") is None
