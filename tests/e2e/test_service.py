"""The daemon under a service manager: ready, fed, reloaded, stopped; a socket plays systemd."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.daemon import Daemon, until

CONFIGURATION = """
[store]
path = "bridge.db"

[api]
socket = "bridge.sock"

[log]
format = "{form}"

[policies.breaker]
limit = {limit}

[meters.hall]
url = "tcp+hdlc://127.0.0.1:9"
"""
ATTIC = """
[meters.attic]
url = "tcp://127.0.0.1:9"
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(20.0)
        yield ear


def heard(manager: socket.socket, word: str) -> str:
    """The next datagram with this word; feedings of the watchdog pass by."""
    until_then = time.monotonic() + 20
    while time.monotonic() < until_then:
        said = manager.recv(4096).decode()
        if word in said:
            return said
    raise AssertionError(f"{word} was not said")


def write(folder: Path, limit: int, *, form: str = "text", more: str = "") -> None:
    text = CONFIGURATION.format(limit=limit, form=form) + more
    (folder / "bridge.toml").write_text(text, encoding="utf-8")


def test_ready_fed_reloaded_and_stopped(tmp_path: Path, manager: socket.socket) -> None:
    write(tmp_path, 7)
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "1500000"}
    with Daemon(tmp_path, "--config", "bridge.toml", **environment) as daemon:
        heard(manager, "READY=1")
        for _ in range(3):
            heard(manager, "WATCHDOG=1")

        write(tmp_path, 3, form="json")
        daemon.signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in heard(manager, "RELOADING=1")
        heard(manager, "READY=1")
        until(lambda: "configuration taken" in daemon.said(), "the new file is taken")
        said = daemon.ask("--config", "bridge.toml", "policy", "list", "hall", "--json").stdout
        knobs = {knob["name"]: knob["value"] for knob in json.loads(said)["settings"]}
        assert knobs["breaker.limit"] == 3

        write(tmp_path, -4)
        daemon.signal(signal.SIGHUP)
        heard(manager, "RELOADING=1")
        heard(manager, "READY=1")
        until(lambda: "the old one stays" in daemon.said(), "the wrong file is told")
        # The log is JSON since the first reload.
        told = [line for line in daemon.said().splitlines() if "the old one stays" in line]
        assert json.loads(told[0])["code"].startswith("E-CONFIG")

        assert daemon.terminate() == 0
        heard(manager, "STOPPING=1")


def test_sighup_brings_a_meter_without_a_service_manager_too(tmp_path: Path) -> None:
    write(tmp_path, 7)
    with Daemon(tmp_path, "--config", "bridge.toml") as daemon:
        until(lambda: "address " in daemon.said(), "it runs")
        write(tmp_path, 7, more=ATTIC)
        daemon.signal(signal.SIGHUP)
        until(lambda: "attic" in daemon.ask("--config", "bridge.toml", "list").stdout, "attic")
        assert daemon.terminate() == 0
