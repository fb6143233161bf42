"""The newest state of everyone, and a sink's connections as one."""

from __future__ import annotations

from attrs import evolve

from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.health import Fault, MeterHealth, Observed, SinkHealth
from dlmslite_daemon.store.records import Desired

GOOD = MeterHealth(1, "kitchen", "10.0.0.5:3333", Desired.RUNNING, Observed.ONLINE)
BAD = MeterHealth(2, "cellar", "10.0.0.6:3333", Desired.RUNNING, Observed.BACKOFF, "refused")
SINK = SinkHealth("tb", "thingsboard", connected=True)


def test_the_board_shows_the_newest_and_forgets_what_was_removed() -> None:
    board = Board()
    board.put_meter(BAD)
    board.put_meter(GOOD)
    board.put_meter(evolve(BAD, observed=Observed.ONLINE))
    board.put_sink(SINK)
    assert [meter.name for meter in board.meters()] == ["kitchen", "cellar"]
    assert board.meter("cellar") == evolve(BAD, observed=Observed.ONLINE)
    board.drop_meter("cellar", "another line")
    assert board.meter("cellar") is not None
    board.drop_meter("cellar", "10.0.0.6:3333")
    board.drop_sink("tb")
    assert board.meter("cellar") is None
    assert board.sinks() == ()


def test_connections_of_a_sink_are_shown_as_one() -> None:
    board = Board()
    fault = Fault("E-SINK-LOST", "lost", at_ms=9)
    good = SinkHealth(
        "s", "tb", connected=True, protocol="5", sent=2, readings_acknowledged={"a": 2}
    )
    board.put_sink(evolve(good, pending_live=1, pending_history=0, last_puback_ms=5), "a")
    board.put_sink(SinkHealth("s", "tb", enabled=False, readings_sent={"b": 3}), "b")
    (sink,) = board.sinks()
    assert (sink.readings_sent, sink.readings_acknowledged) == ({"b": 3}, {"a": 2})
    assert (sink.enabled, sink.connected, sink.sent, sink.pending) == (True, True, 2, 1)
    assert (sink.last_puback_ms, sink.next_attempt_ms) == (5, None)
    board.put_sink(SinkHealth("s", "tb", next_attempt_ms=7, last_fault=fault), "c")
    (sink,) = board.sinks()
    assert (sink.connected, sink.next_attempt_ms, sink.last_fault) == (False, 7, fault)
    board.drop_sink("s", "c")
    assert board.sinks()[0].connected
    board.drop_sink("s", "a")
    (sink,) = board.sinks()
    assert (sink.enabled, sink.sent, sink.pending) == (False, 2, 0)
    board.drop_sink("s")
    assert board.sinks() == ()


def test_a_sink_is_heard_only_where_all_that_work_are() -> None:
    board = Board()
    board.put_sink(SinkHealth("s", "tb", connected=True), "a")
    board.put_sink(SinkHealth("s", "tb", connected=True, unheard=True), "b")
    assert board.sinks()[0].unheard
    board.put_sink(SinkHealth("s", "tb", enabled=False, unheard=True), "b")
    assert not board.sinks()[0].unheard
