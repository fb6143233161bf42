"""A meter of another implementation → the daemon as its own process → mosquitto → a subscriber.

Then the broker is stopped for a while and started again, and the meter likewise. Nothing that is in
the store may fail to arrive, with the value, unit and time that the meter had.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rig.broker import Broker, Subscriber
from rig.foreign_meter import PASSWORD, ForeignMeter

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
# The subscriber's session survives the broker's restart, so that what arrives for it meanwhile is
# kept: the promise of ours ends at the PUBACK (faults.md 22).
DURABLE = (
    "persistence true\npersistence_location {}/\nautosave_interval 1\nautosave_on_changes true"
)


def key(obis: str) -> str:
    """The series of a register."""
    return "r" + obis.replace(".", "_")


def config(folder: Path, meter: ForeignMeter, broker: int) -> str:
    series = "\n".join(f'{key(obis)} = "{obis}"' for obis in meter.values)
    return f"""
[store]
path = "{folder}/bridge.db"

[api]
port = 0
socket = "{folder}/bridge.sock"

[meters.foreign]
url = "{meter.url}"
client = {meter.client}
auth = "lls"
password = "env:METER_PASSWORD"
every = 1.0

[meters.foreign.series]
{series}

[sinks.plain]
kind = "mqtt"
host = "127.0.0.1"
port = {broker}

[sinks.board]
kind = "thingsboard"
host = "127.0.0.1"
port = {broker}
"""


@contextlib.contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``dlmslite-bridge run`` as a process; killed if the test leaves it running."""
    log = folder / "daemon.log"
    command = [sys.executable, "-m", "dlmslite_daemon", "run", "--config", f"{folder}/bridge.toml"]
    environment = {**os.environ, "METER_PASSWORD": PASSWORD}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)
            print(log.read_text()[-4000:])  # noqa: T201 - shown when the test fails


def until(condition: Callable[[], Any], what: str, seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"within {seconds:g} s it did not happen: {what}"
        time.sleep(0.1)


def bridge(folder: Path, *words: str) -> str:
    """The command line, as an operator types it."""
    command = [sys.executable, "-m", "dlmslite_daemon", *words, "--config", f"{folder}/bridge.toml"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def stored(folder: Path) -> tuple[list[Reading], dict[str, int]]:
    """All readings of the store, and each sink's cursor."""
    store = SqliteStore.open_read_only(folder / "bridge.db", SystemClock(), Metrics())
    try:
        readings = store.readings_after(Lane.LIVE, 0, 100_000)
        return readings, {sink: store.cursor(sink, Lane.LIVE) for sink in ("plain", "board")}
    finally:
        store.close()


def states(subscriber: Subscriber) -> list[dict[str, Any]]:
    """The payloads of the plain sink, in the order of arrival, numbers exact."""
    return [
        json.loads(message.payload, parse_float=Decimal, parse_int=Decimal)
        for message in list(subscriber.messages)
        if message.topic == "meters/foreign/state"
    ]


def newest(subscriber: Subscriber) -> int:
    return max((int(state["ts"]) for state in states(subscriber)), default=0)


def telemetry(subscriber: Subscriber) -> list[tuple[int, str, Decimal]]:
    """The points of the ThingsBoard sink: time, key, value."""
    return [
        (int(point["ts"]), name, value)
        for message in list(subscriber.messages)
        if message.topic == "v1/gateway/telemetry"
        for points in json.loads(message.payload, parse_float=Decimal, parse_int=Decimal).values()
        for point in points
        for name, value in point["values"].items()
    ]


def check(readings: Sequence[Reading], meter: ForeignMeter, subscriber: Subscriber) -> None:
    """Everything in the store arrived, in order, as the meter said it."""
    truth = {key(obis): value for obis, value in meter.values.items()}
    for reading in readings:
        assert (reading.value_text(), reading.unit) == truth[reading.series]
        assert reading.meter == "foreign"
        if reading.meter_ts_ms is not None:
            its_clock = reading.ts_ms if meter.clock_ms is None else meter.clock_ms
            assert abs(reading.meter_ts_ms - its_clock) < 2_000
    assert any(reading.meter_ts_ms is not None for reading in readings)
    wanted = {(r.ts_ms, r.series, Decimal(r.value_text())) for r in readings}

    arrived = states(subscriber)
    got = {(int(s["ts"]), name, value) for s in arrived for name, value in s["values"].items()}
    assert got == wanted
    assert set(telemetry(subscriber)) == wanted

    numbers = list(dict.fromkeys(int(state["seq"]) for state in arrived))
    assert numbers == sorted(numbers), "first deliveries are in the order of the readings"
    by_number: dict[int, dict[str, Any]] = {}
    for state in arrived:
        assert by_number.setdefault(int(state["seq"]), state) == state, "a duplicate is the same"

    infos = [m for m in subscriber.messages if m.topic == "meters/foreign/info" and m.payload]
    series = json.loads(infos[-1].payload)["series"]
    units = {name: entry["unit"] for name, entry in series.items()}
    assert units == {name: unit for name, (_, unit) in truth.items()}


def test_every_reading_arrives_whatever_is_stopped_meanwhile(tmp_path: Path) -> None:
    with (
        Broker(tmp_path, DURABLE.format(tmp_path)) as broker,
        ForeignMeter() as meter,
        Subscriber(broker.port) as subscriber,
    ):
        (tmp_path / "bridge.toml").write_text(config(tmp_path, meter, broker.port))
        begun_ms = time.time_ns() // 1_000_000
        with daemon(tmp_path) as process:
            until(lambda: len(states(subscriber)) >= 3, "three polls arrive")

            broker.stop()
            time.sleep(4.0)
            before = len(stored(tmp_path)[0])
            broker.start()
            until(
                lambda: len(states(subscriber)) >= before / len(meter.values) + 2,
                "the backlog arrives",
            )

            meter.stop()
            time.sleep(3.0)
            meter.start()
            restarted_ms = time.time_ns() // 1_000_000
            until(lambda: newest(subscriber) > restarted_ms, "the meter is read again")

            shown = json.loads(bridge(tmp_path, "list", "--json"))
            assert "foreign" in json.dumps(shown)
            bridge(tmp_path, "pause", "foreign")
            until(lambda: _drained(tmp_path), "all that is stored is acknowledged")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        readings, _ = stored(tmp_path)
        assert len(readings) >= 12
        assert all(begun_ms <= r.ts_ms <= time.time_ns() // 1_000_000 for r in readings)
        gaps = sorted({r.ts_ms for r in readings})
        assert any(later - earlier > 2_500 for earlier, later in itertools.pairwise(gaps))
        check(readings, meter, subscriber)


def _drained(folder: Path) -> bool:
    """Whether both cursors have reached the last reading, and that one is the last for good."""
    first, _ = stored(folder)
    time.sleep(0.5)
    readings, cursors = stored(folder)
    last = readings[-1].number or 0
    return len(first) == len(readings) and set(cursors.values()) == {last}
