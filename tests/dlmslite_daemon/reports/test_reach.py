"""Sinks with one cursor for all meters, and sinks with one for each."""

from __future__ import annotations

from rig.store_suite import a_meter

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.reach import reach_of
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.reach import Reach


def test_each_kind_of_sink_has_its_cursors() -> None:
    store = MemoryStore(FakeClock())
    for name in ("kitchen", "cellar"):
        store.add_meter(a_meter(name))
    assert reach_of(store, Lane.LIVE) == Reach()
    host = {"host": "127.0.0.1"}
    store.add_sink(SinkSettings("a", "mqtt", options=host))
    store.add_sink(SinkSettings("b", "mqtt", options=host))
    store.add_sink(SinkSettings("off", "mqtt", enabled=False, options=host))
    store.advance("a", Lane.LIVE, "", 7)
    store.advance("b", Lane.LIVE, "", 5)
    assert reach_of(store, Lane.LIVE) == Reach(5)
    old = {**host, "mode": "legacy", "port": 1884}
    store.add_sink(SinkSettings("old", "thingsboard", options=old))
    store.advance("old", Lane.LIVE, "kitchen", 3)
    assert reach_of(store, Lane.LIVE) == Reach(5, {"kitchen": 3, "cellar": 0})
