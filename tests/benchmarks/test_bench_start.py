"""From the start of the process to ready, with a thousand meters in the store."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from rig.bench import OURS, record
from rig.daemon import Daemon, until

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, StoreSettings
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.store import SqliteStore

METERS = 1000
METERS_AS_A_TEST = 20
ROUNDS = 3  # the best one counts: what a machine that others use as well disturbs least
SERIES = tuple(SeriesSettings(f"s{k}", f"1.0.{k}.8.0.255") for k in range(1, 6))


def fill(path: Path, meters: int) -> None:
    """A store of meters on lines of their own, at ports of this machine where nobody listens."""
    store = SqliteStore.open(StoreSettings(str(path)), SystemClock(), Metrics())
    for n in range(meters):
        place = f"tcp+hdlc://127.9.{n // 250}.{n % 250 + 1}:9"
        store.add_meter(MeterSettings(f"m{n}", place, every=10.0, series=SERIES))
    store.close()


def ready(path: Path) -> bool:
    """Whether the daemon behind a Unix socket says that it is ready."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(5.0)
        try:
            wire.connect(str(path))
            wire.sendall(b"GET /readyz HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\n\r\n")
            return wire.recv(64).split(b" ")[1:2] == [b"200"]
        except OSError:
            return False


def start_to_ready(folder: Path) -> float:
    """Seconds from the start of the process until it is ready; it is ended again."""
    environment = {"PYTHONPYCACHEPREFIX": str(folder / "pyc"), "TMPDIR": str(folder)}
    environment |= {"PYTHONDONTWRITEBYTECODE": ""}
    with Daemon(folder, "--config", "bridge.toml", **environment) as daemon:
        begun = time.perf_counter()
        until(lambda: ready(folder / "bench.sock"), "ready", 60.0)
        seconds = time.perf_counter() - begun
        assert daemon.terminate(20.0) == 0
    return seconds


def test_start_to_ready(benchmark: Any, tmp_path: Path) -> None:
    fill(tmp_path / "bridge.db", METERS if benchmark.enabled else METERS_AS_A_TEST)
    (tmp_path / "bridge.toml").write_text(
        '[store]\npath = "bridge.db"\n[api]\nport = 0\nsocket = "bench.sock"\n', encoding="utf-8"
    )
    rounds = ROUNDS + 1 if benchmark.enabled else 1  # the first one compiles
    record(benchmark, "start", OURS, min(start_to_ready(tmp_path) for _ in range(rounds)))
