"""Pause, resume, restart and read against a running daemon: that meter, within a poll, no other."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


def others(bridge: RunningBridge, *but: str) -> dict[str, tuple[int, int]]:
    """Connections and lost sessions of every meter but these."""
    counts = {}
    for name in bridge.names:
        if name not in but:
            session = bridge.meter(name)["session"]
            counts[name] = (session["connects"], session["reassociations"])
    return counts


def test_pause_releases_the_line_and_leaves_every_other_meter_alone(bridge: RunningBridge) -> None:
    before = others(bridge, "m1")
    assert bridge.shell("pause", "m1", "--json").json["desired"] == "paused"
    bridge.wait_for("m1", "paused")
    assert bridge.meter("m1")["session"]["associated"] is False
    said = bridge.shell("resume", "m1", "--json")
    assert (said.json["success"], said.json["action_required"]) == (True, None)
    bridge.wait_for("m1", "online")
    assert others(bridge, "m1") == before


def test_a_pause_survives_a_restart_and_ends_by_itself_across_one(bridge: RunningBridge) -> None:
    assert bridge.shell("pause", "m2").code == 0
    end = int(time.time() * 1000) + 12_000
    status, content = bridge.api("POST", "/api/meters/m3/pause", {"until": end})
    assert (status, content["until"]) == (200, end)
    assert bridge.daemon.terminate() == 0
    bridge.daemon.start()
    until(lambda: bridge.daemon.said().count("address ") == 2, "it runs again")
    bridge.wait_for("m4", "online")
    assert bridge.meter("m2")["observed"] == "paused"
    bridge.wait_for("m3", "online")
    assert time.time() * 1000 >= end
    assert bridge.meter("m2")["observed"] == "paused"
    assert bridge.shell("resume", "m2").code == 0
    for name in bridge.names:
        bridge.wait_for(name, "online")


def test_restart_is_a_fresh_association_of_that_meter_alone(bridge: RunningBridge) -> None:
    before, session = others(bridge, "m4"), bridge.meter("m4")["session"]
    said = bridge.shell("restart", "m4")
    assert (said.code, said.out) == (0, "m4 is restarted\n")
    until(
        lambda: bridge.meter("m4")["session"]["connects"] == session["connects"] + 1,
        "it associates afresh",
    )
    bridge.wait_for("m4", "online")
    assert bridge.meter("m4")["session"]["reassociations"] == session["reassociations"]
    assert others(bridge, "m4") == before


def test_read_brings_one_value_of_a_meter_that_is_not_ours(bridge: RunningBridge) -> None:
    before = others(bridge, "f2")
    obis, (value, unit) = next(iter(bridge.foreign["f2"].values.items()))
    said = bridge.shell("read", "f2", obis, "--json")
    assert (said.code, said.json["result"]["unit"]) == (0, unit)
    assert Decimal(said.json["result"]["text"]) == Decimal(value)
    assert others(bridge, "f2") == before
    bridge.wait_for("f2", "online")


def test_read_of_what_is_not_there_says_so(bridge: RunningBridge) -> None:
    said = bridge.shell("read", "m5", "1.1.99.7.0.255")
    assert said.code == 1
    assert said.err.startswith("E-OBJECT-UNDEFINED: 1.1.99.7.0.255: ")
    assert bridge.shell("read", "m5", "1.1.99.7.0.255", "--json").json["error"]["code"] == (
        "E-OBJECT-UNDEFINED"
    )


def test_nobody_is_exit_code_3_and_404(bridge: RunningBridge) -> None:
    assert bridge.shell("restart", "nobody").code == 3
    assert bridge.shell("read", "nobody", "1.1.32.7.0.255").code == 3
    for verb in ("pause", "resume", "restart"):
        status, content = bridge.api("POST", f"/api/meters/99/{verb}")
        assert (status, content["error"]["code"]) == (404, "E-METER-UNKNOWN")
