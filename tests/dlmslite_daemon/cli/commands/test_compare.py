"""``compare`` against a real broker on which an old bridge speaks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.broker import Broker
from rig.ports import free_port

from dlmslite_daemon.cli.commands import compare
from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.reading import Reading, ValueKind


@contextmanager
def old_bridge(port: int, values: dict[str, object]) -> Iterator[None]:
    """Publishes as the old one did, ten times a second."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="dlms_meter_1")
    client.connect("127.0.0.1", port)
    client.loop_start()
    over = threading.Event()

    def speak() -> None:
        while not over.wait(0.1):
            payload = json.dumps({"ts": round(time.time() * 1000), "values": values})
            client.publish("v1/devices/me/telemetry", payload, qos=1)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        client.disconnect()
        client.loop_stop()


def keep(daemon: Bridge) -> None:
    """A reading of ours, newer than any beginning."""
    ts_ms = round(time.time() * 1000) + 3_600_000
    voltage = Reading("kitchen", "voltage", ts_ms, ValueKind.INTEGER, 13700, -2, unit="V")
    daemon.keep(voltage)


def test_old_and_new_agree(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    keep(daemon)
    options = {"host": "h", "mode": "legacy", "device_names": {"kitchen": "Cocina"}}
    daemon.store.add_sink(SinkSettings("legacy", "thingsboard", options=options))
    with (
        Broker(tmp_path) as broker,
        old_bridge(broker.port, {"voltage": 136.5, "device_name": "Cocina"}),
    ):
        url = f"mqtt://127.0.0.1:{broker.port}"
        said = shell("compare", "--old", url, "--minutes", "0.03", "--json")
        (pair,) = said.json["pairs"]
        assert said.code == 0
        assert (pair["meter"], pair["series"], pair["verdict"]) == ("kitchen", "voltage", "same")
        assert pair["old"]["count"] >= 2
        table = shell("compare", "--old", url, "--minutes", "0.02", "--tolerance", "0.01")
        assert table.code == 1
        assert "differs" in table.out


def test_what_one_side_lacks_is_shown(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    keep(daemon)
    with Broker(tmp_path) as broker, old_bridge(broker.port, {"frequency": 60.0}):
        url = f"mqtt://127.0.0.1:{broker.port}"
        said = shell("compare", "--old", url, "--minutes", "0.03", "--meter", "kitchen")
    assert said.code == 1
    assert "only old" in said.out
    assert "only new" in said.out


def test_nothing_at_all_is_no_agreement(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    del daemon
    with Broker(tmp_path) as broker:
        url = f"mqtt://127.0.0.1:{broker.port}"
        said = shell("compare", "--old", url, "--minutes", "0.01")
    assert said.code == 1
    assert "nothing was heard" in said.out


def test_ctrl_c_ends_with_what_there_is(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    keep(daemon)
    monkeypatch.setattr(compare, "_listen", interrupted)
    said = shell("compare", "--old", "mqtt://127.0.0.1:1884")
    assert said.code == 1
    assert "only new" in said.out


def test_a_broker_that_is_not_there_is_said_at_once(shell: Shell, daemon: Bridge) -> None:
    del daemon
    said = shell("compare", "--old", f"mqtt://127.0.0.1:{free_port()}", "--minutes", "1")
    assert (said.code, said.err.split(":")[0]) == (1, "E-SINK-UNREACHABLE")


def test_what_is_no_broker_and_no_meter(shell: Shell, daemon: Bridge) -> None:
    del daemon
    assert shell("compare", "--old", "thingsboard://h").code == 2
    assert shell("compare", "--old", "mqtt://h", "--meter", "nobody").code == 3
