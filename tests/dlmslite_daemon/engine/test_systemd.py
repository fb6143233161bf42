from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.health import ThreadHealth
from dlmslite_daemon.engine.systemd import LOOK_EVERY, Systemd

WELL = [ThreadHealth("line:a"), ThreadHealth("sink:b")]
HUNG = [ThreadHealth("line:a", alive=False), ThreadHealth("sink:b")]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """A datagram socket of our own is all that systemd is here (faults.md T9)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5.0)
        yield ear


def environ(manager: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": manager.getsockname(), **more}


def heard(manager: socket.socket) -> list[str]:
    return manager.recv(4096).decode().split("\n")


def test_ready_reloading_and_stopping_are_said(manager: socket.socket) -> None:
    systemd = Systemd(environ(manager), FakeClock(start=2.5), lambda: WELL)
    assert systemd.is_asked
    systemd.start()
    assert heard(manager) == ["READY=1", "STATUS=polling"]
    systemd.reloading()
    assert heard(manager) == ["RELOADING=1", "MONOTONIC_USEC=2500000"]
    systemd.stop()
    assert heard(manager) == ["STOPPING=1"]


def test_the_watchdog_is_fed_three_times_within_its_limit(manager: socket.socket) -> None:
    systemd = Systemd(environ(manager, WATCHDOG_USEC="60000000"), FakeClock(), lambda: WELL)
    assert systemd.turn(0.0) == 20.0
    assert heard(manager) == ["WATCHDOG=1"]


def test_the_watchdog_starves_while_a_thread_hangs(manager: socket.socket) -> None:
    threads = [*HUNG]
    systemd = Systemd(environ(manager, WATCHDOG_USEC="60000000"), FakeClock(), lambda: threads)
    manager.setblocking(False)
    with capture_logs() as lines:
        systemd.turn(0.0)
        systemd.turn(20.0)
    assert [entry["threads"] for entry in lines] == ["line:a"]  # told once
    with pytest.raises(BlockingIOError):
        manager.recv(4096)
    threads[:] = WELL
    systemd.turn(40.0)
    assert heard(manager) == ["WATCHDOG=1"]


def test_without_a_watchdog_nothing_is_fed(manager: socket.socket) -> None:
    manager.setblocking(False)
    assert Systemd(environ(manager), FakeClock(), lambda: WELL).turn(0.0) == LOOK_EVERY
    with pytest.raises(BlockingIOError):
        manager.recv(4096)


def test_without_systemd_nothing_is_said() -> None:
    systemd = Systemd({}, FakeClock(), lambda: WELL)
    assert not systemd.is_asked
    with capture_logs() as lines:
        systemd.start()
        systemd.turn(0.0)
        systemd.stop()
    assert lines == []


def test_a_systemd_that_does_not_listen_stops_nobody(tmp_path: Path) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}, FakeClock(), lambda: WELL)
    with capture_logs() as lines:
        systemd.start()
    assert [entry["event"] for entry in lines] == ["systemd does not listen"]


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("")  # Linux gives it an abstract address of its own
        ear.settimeout(5.0)
        address = "@" + ear.getsockname()[1:].decode()
        Systemd({"NOTIFY_SOCKET": address}, FakeClock(), lambda: WELL).start()
        assert heard(ear)[0] == "READY=1"
