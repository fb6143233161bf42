"""What is computed of a state that is shown."""

from __future__ import annotations

from attrs import evolve

from dlmslite_daemon.engine.health import Latency, SinkHealth

SINK = SinkHealth("tb", "thingsboard", connected=True)


def test_pending_is_known_only_when_both_lanes_are() -> None:
    assert SINK.pending is None
    assert evolve(SINK, pending_live=3, pending_history=4).pending == 7


def test_latency_is_of_what_there_is() -> None:
    assert Latency.of(()) is None
    assert Latency.of((3.0, 1.0, 2.0)) == Latency(2.0, 3.0, 3.0)
