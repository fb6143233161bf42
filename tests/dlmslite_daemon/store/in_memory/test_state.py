"""What belongs to a removed meter is kept away from its successor of that name."""

from __future__ import annotations

from rig.store_suite import a_meter

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.store.memory import MemoryStore
from dlmslite_daemon.store.records import Diagnostic, MeterMetrics, NetworkMetrics


def test_a_successor_of_the_same_name_begins_with_an_empty_journal() -> None:
    store = MemoryStore(FakeClock())
    store.add_meter(a_meter())
    store.add_meter_metrics([MeterMetrics("kitchen", 1, 300.0)])
    store.add_network_metrics([NetworkMetrics("kitchen", 1, 60.0)])
    store.add_diagnostic(Diagnostic("kitchen", 1, "error", "hdlc", "bad FCS"))
    store.remove_meter("kitchen")
    store.add_meter(a_meter())
    assert store.meter_metrics("kitchen") == []
    assert store.network_metrics("kitchen") == []
    assert store.diagnostics("kitchen") == []
