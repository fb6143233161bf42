"""One talker at a time, and a probe that sends nothing."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

import pytest
from rig.ports import free_port

import dlmslite
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.meters.failure import FailureKind, MeterFailed
from dlmslite_daemon.meters.line import Line, Lock, endpoint_lock


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


def test_a_line_that_is_taken_from_a_stuck_thread_waits_for_nobody() -> None:
    line = Line("10.0.0.5:3333", FakeClock())
    stuck, other = Talker(line), Talker(line)
    line.take(stuck)
    line.abandon()
    line.take(other)
    assert stuck.closed == 0
    line.leave(stuck)  # it comes back, and holds nothing any more
    line.take(stuck)
    assert other.closed == 1


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


def test_the_probe_of_a_serial_port_looks_whether_the_device_is_there(tmp_path: Path) -> None:
    device = tmp_path / "ttyUSB0"
    line = Line(str(device), FakeClock())
    assert not line.reachable()
    device.touch()
    assert line.reachable()


def test_other_processes_are_kept_off_until_the_line_is_unclaimed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    url = "tcp+hdlc://10.0.0.5:3333"
    line = Line("10.0.0.5:3333", FakeClock(), endpoint_lock)
    shell = dlmslite.EndpointLock(dlmslite.Endpoint.parse(url).name, "dlmslite read (process 7)")
    with shell, pytest.raises(MeterFailed) as raised:
        line.claim(url)
    failure = raised.value.failure
    assert (failure.kind, failure.code) == (FailureKind.IN_USE, "E-LINE-IN-USE")
    assert failure.message == f"{url} is in use by dlmslite read (process 7)"
    line.claim(url)
    line.claim(url + "/")  # the same endpoint, written otherwise
    with pytest.raises(dlmslite.TransportError) as held:
        shell.acquire()
    assert f"in use by dlmslite-bridge (process {os.getpid()})" in str(held.value)
    line.unclaim()
    line.unclaim()
    shell.acquire()
    shell.release()


def test_where_no_lock_can_be_made_the_meter_is_read_all_the_same() -> None:
    asked: list[str] = []

    def no_lock(url: str) -> Lock:
        asked.append(url)
        raise PermissionError(13, "Permission denied")

    line = Line("10.0.0.5:3333", FakeClock(), no_lock)
    line.claim("tcp://10.0.0.5:3333")
    line.claim("tcp://10.0.0.5:3333")
    assert len(asked) == 1  # and said once


def test_a_url_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(dlmslite.ConfigurationError):
        Line("x", FakeClock(), endpoint_lock).claim("carrier-pigeon://x")
