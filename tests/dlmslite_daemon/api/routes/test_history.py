"""Stored counters of a meter and of its line, under the old names and ours."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.store.records import MeterMetrics, NetworkMetrics


def test_a_meters_rows_have_the_old_names_and_ours(parts: Bridge) -> None:
    rows = [
        MeterMetrics("kitchen", NOW_MS + n, 300.0, polls_due=4, polls_complete=3, readings=6)
        for n in range(3)
    ]
    parts.store.add_meter_metrics(rows)
    _, content = ask(parts.app, "GET", "/api/meters/kitchen/metrics?limit=2")
    assert (content["meter_id"], content["count"]) == (1, 2)
    last = content["metrics"][-1]
    assert (last["success_rate"], last["successful_reads"], last["polls_due"]) == (75, 6, 4)
    assert last["ts_ms"] == NOW_MS + 2
    assert content["latency_bounds"]
    _, content = ask(parts.app, "GET", f"/api/meters/1/metrics?since={NOW_MS + 2}")
    assert content["count"] == 1


def test_a_lines_rows_have_the_old_names_and_ours(parts: Bridge) -> None:
    row = NetworkMetrics("kitchen", NOW_MS, 300.0, octets_sent=7, frames_sent=2)
    parts.store.add_network_metrics([row])
    _, content = ask(parts.app, "GET", "/api/meters/kitchen/network_stats")
    (told,) = content["history"]
    assert (told["dlms_total_bytes_sent"], told["octets_sent"]) == (7, 7)
    assert (told["dlms_requests_sent"], content["meter_name"]) == (2, "kitchen")


@pytest.mark.parametrize("path", ["metrics", "network_stats"])
def test_an_unknown_meter_is_404(parts: Bridge, path: str) -> None:
    assert ask(parts.app, "GET", f"/api/meters/nobody/{path}")[0] == 404
