"""A daemon runs in a folder of its own for a while; the broker can be switched off and on."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.threads import no_thread_left

from dlmslite_daemon.cli.demo.broker import EmbeddedBroker
from dlmslite_daemon.cli.demo.stage import SINK, BrokerSwitch, on_stage
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.errors import BridgeError

METER = MeterSettings("meter-01", "tcp+hdlc://127.0.0.1:1")


def test_a_daemon_serves_while_it_is_on_stage_and_leaves_no_thread(tmp_path: Path) -> None:
    with no_thread_left(), on_stage(tmp_path, [METER], 1, {}) as stage:
        assert stage.places.socket == str(tmp_path / "bridge.sock")
        assert stage.door.ask("GET", "/api/meters")["count"] == 1
        (sink,) = stage.door.ask("GET", "/api/sinks")["sinks"]
        assert (sink["name"], sink["options"]["port"]) == (SINK, 1)
    assert not (tmp_path / "bridge.sock").exists()


def test_a_daemon_that_cannot_start_says_why(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)  # too long for the name of a socket
    folder.mkdir()
    with pytest.raises(BridgeError, match="E-API-SOCKET"), on_stage(folder, [], 1, {}):
        pass


def test_the_broker_is_something_that_can_be_broken() -> None:
    broker = EmbeddedBroker(lambda _topic, _payload: None)
    switch = BrokerSwitch(broker)
    try:
        switch.heal()
        assert not switch.broken
        switch.break_it()
        assert switch.broken
    finally:
        broker.close()
