"""The old bridge's place is taken: import, proof, delivery, compare; then trace and diag."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.broker import Broker, Subscriber
from rig.daemon import ROOT, until
from rig.old_database import OldDatabase
from rig.running_bridge import LAB_PASSWORD, RunningBridge

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve

pytestmark = pytest.mark.e2e


@pytest.fixture
def old_broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def meter() -> Iterator[RunningMeter]:
    with serve(single_phase(serial="OLD00000042", seed=42, days=1)) as running:
        yield running


def old_database(folder: Path, meter: RunningMeter, port: int, password: str) -> str:
    """An old bridge with one meter of the lab, and a dirty row beside it."""
    place = urlsplit(meter.url)
    old = OldDatabase(folder / "admin.db")
    more = {"ip_address": place.hostname, "port": place.port, "password": password}
    old.meter(42, "Medidor 42", tb_host="127.0.0.1", tb_port=port, **more).five(42)
    old.meter(43, "broken", port="?").alarm(42, "No heartbeat", severity="critical")
    return str(old.path)


def taken_over(bridge: RunningBridge) -> None:
    """Leave the bridge as it was."""
    with contextlib.suppress(AssertionError):
        for words in (("meter", "rm", "Medidor_42"), ("sink", "rm", "legacy")):
            bridge.shell(*words)


def test_a_meter_is_taken_over_proven_and_delivered_to_the_old_broker(
    bridge: RunningBridge, tmp_path: Path, meter: RunningMeter, old_broker: Broker
) -> None:
    with Subscriber(old_broker.port) as subscriber:
        file = old_database(tmp_path, meter, 1884, LAB_PASSWORD)
        dry = bridge.shell("import-old", file, "--dry-run", "--json")
        assert (dry.code, dry.json["applied"]) == (1, False)
        told = bridge.shell("import-old", file)
        assert told.code == 1  # one row cannot be used, and is named
        assert "old meter 43 is left out, port" in told.out
        assert "client 1, physical 1, its own password" in told.out
        assert LAB_PASSWORD not in told.out + told.err
        try:
            status = bridge.meter("Medidor_42")
            assert (status["id"], status["desired"], status["credentials"]) == (
                42,
                "paused",
                "unproven",
            )
            assert meter.connections == 0
            # 1884 is what tells the old broker; here it listens elsewhere.
            place = f"thingsboard://127.0.0.1:{old_broker.port}"
            assert bridge.shell("sink", "set", "legacy", place).code == 0
            assert bridge.shell("resume", "Medidor_42").code == 0
            bridge.wait_for("Medidor_42", "online")
            # The test of the sink comes first: from the meter's client and from the bridge's.
            said = subscriber.wait_for(3, "v1/devices/me/telemetry", 30.0)
            payload = json.loads(said[-1].payload)
            assert payload["values"]["device_name"] == "Medidor 42"
            assert payload["values"].keys() >= {"voltage_l1", "active_energy"}
            assert bridge.meter("Medidor_42")["credentials"] is None
        finally:
            taken_over(bridge)


def test_a_wrong_pair_costs_one_association_and_the_meter_stays_paused(
    bridge: RunningBridge, tmp_path: Path, meter: RunningMeter
) -> None:
    file = old_database(tmp_path, meter, 1883, "00000000")
    assert bridge.shell("import-old", file, "--only", "42").code == 0
    try:
        said = bridge.shell("resume", "Medidor_42")
        assert said.code == 1
        assert "stays paused, its credentials are unproven" in said.err
        assert meter.connections == 1
        assert bridge.meter("Medidor_42")["desired"] == "paused"
    finally:
        taken_over(bridge)


def test_compare_shows_old_and_new_side_by_side(bridge: RunningBridge, old_broker: Broker) -> None:
    latest = {row["series"]: row["value"] for row in bridge.shell("readings", "m1", "--json").json}
    values = {"voltage": float(latest["voltage"]), "frequency": 60.0, "device_name": "m1"}
    speaker = Client(CallbackAPIVersion.VERSION2, client_id="dlms_meter_1")
    speaker.connect("127.0.0.1", old_broker.port)
    speaker.loop_start()
    over = threading.Event()

    def speak() -> None:
        number = 0
        while not over.wait(0.3):
            number += 1
            payload = json.dumps({"ts": 1_700_000_000_000 + number, "values": values})
            speaker.publish("v1/devices/me/telemetry", payload, qos=1)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        url = f"mqtt://127.0.0.1:{old_broker.port}"
        said = bridge.shell(
            "compare", "--old", url, "--meter", "m1", "--minutes", "0.1", "--json",
            "--tolerance", "20",
        )  # fmt: skip
    finally:
        over.set()
        thread.join()
        speaker.disconnect()
        speaker.loop_stop()
    assert said.code == 1  # the old one reads the frequency, and we do not
    verdicts = {pair["series"]: pair["verdict"] for pair in said.json["pairs"]}
    assert verdicts["voltage"] == "same"
    assert (verdicts["frequency"], verdicts["energy"]) == ("only old", "only new")


def test_trace_follows_a_reading_from_the_wire_to_the_puback(bridge: RunningBridge) -> None:
    said: list[Any] = []

    def acknowledged() -> bool:
        found = bridge.shell("trace", "m3", "voltage", "--json")
        said.append(found.json)
        return found.code == 0 and found.json["request"] is not None

    until(acknowledged, "the last reading is acknowledged, and its frames are there")
    found = said[-1]
    octets = found["request"]["octets"]
    assert "0101200700ff02" in octets
    assert found["replies"]
    (delivery,) = found["deliveries"]
    message = delivery["message"]
    assert message["topic"] == "meters/m3/state"
    assert message["reason"] in {"success", "Success"}
    assert message["answered"] >= message["published"]
    sent = [m for m in bridge.subscriber.messages if m.topic == message["topic"]]
    assert any(json.loads(m.payload)["ts"] == found["row"]["ts"] for m in sent)


def test_diag_lists_what_is_inside_and_its_capture_replays(
    bridge: RunningBridge, tmp_path: Path
) -> None:
    file = tmp_path / "help.zip"
    said = bridge.shell("diag", "m4", "-o", str(file), "--redact-serials", "--json")
    assert said.code == 0
    with zipfile.ZipFile(file) as archive:
        assert archive.namelist() == [one["name"] for one in said.json["files"]]
        whole = b"".join(archive.read(name) for name in archive.namelist())
        capture = archive.read("frames/m4.jsonl")
    for secret in (LAB_PASSWORD, bridge.token, "E2E00000004"):
        assert secret.encode() not in whole
        assert secret.encode().hex().encode() not in whole
    path = tmp_path / "m4.jsonl"
    path.write_bytes(capture)
    words = [sys.executable, "-m", "dlmslite"]
    shown = subprocess.run(
        [*words, "replay", str(path), "--print"], capture_output=True, text=True, cwd=ROOT,
        timeout=120, check=False,
    )  # fmt: skip
    assert shown.returncode == 0
    assert "AARQ" in shown.stdout.upper()
    with subprocess.Popen(
        [*words, "replay", str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as player:
        assert player.stdout is not None
        address = next(word for word in player.stdout.readline().split() if "://" in word)
        read = subprocess.run(
            [*words, "read", address.rstrip(",."), "1.1.32.7.0.255", "--client", "1",
             "--password-env", "PW"],
            capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
            env={"PW": "anything", "PATH": "", "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        player.terminate()
    assert read.returncode == 0, read.stderr
    assert "V" in read.stdout
