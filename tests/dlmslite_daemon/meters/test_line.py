"""One talker at a time, and a probe that sends nothing."""

from __future__ import annotations

import socket

from rig.broker import free_port

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.line import Line


class Talker:
    def __init__(self, line: Line) -> None:
        self.line = line
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        self.line.leave(self)


def test_whoever_holds_the_line_leaves_before_another_talks() -> None:
    line = Line("10.0.0.5:3333", FakeClock())
    first, second = Talker(line), Talker(line)
    line.take(first)
    line.take(first)
    assert first.closed == 0
    line.take(second)
    assert first.closed == 1
    line.take(first)
    assert second.closed == 1


def test_the_line_knows_when_it_was_left() -> None:
    clock = FakeClock(start=100.0)
    line = Line("10.0.0.5:3333", clock)
    talker = Talker(line)
    line.leave(talker)
    assert line.left_at == float("-inf")
    line.take(talker)
    clock.advance(5.0)
    line.leave(talker)
    assert line.left_at == 105.0


def test_the_probe_connects_sends_nothing_and_ends_with_a_fin() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Line(f"127.0.0.1:{server.getsockname()[1]}", FakeClock())
        assert line.reachable()
        wire, _ = server.accept()
        with wire:
            wire.settimeout(5)
            assert wire.recv(10) == b""  # an end, not a reset


def test_the_probe_of_a_closed_port_says_no() -> None:
    assert not Line(f"127.0.0.1:{free_port()}", FakeClock()).reachable()
