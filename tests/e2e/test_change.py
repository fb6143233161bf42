"""``meter set``, ``meter swap`` and ``policy`` against a running daemon with ten meters."""

from __future__ import annotations

import pytest
from rig.daemon import until
from rig.ports import free_port
from rig.running_bridge import RunningBridge

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.e2e

PROFILE = "microstar-single-phase"


def test_a_change_is_tried_first_and_survives_a_restart(bridge: RunningBridge) -> None:
    with serve(single_phase(serial="CHANGE0001", days=1)) as meter:
        added = bridge.shell(
            *("meter", "add", "extra", meter.url, "--client", "1", "--auth", "lls"),
            *("--password-env", "OURS_PW", "--profile", PROFILE, "--server", "1", "--json"),
        )
        assert added.json["result"]["saved"], added
        assert added.json["result"]["serial"] == "CHANGE0001"
        bridge.wait_for("extra", "online")
        status = bridge.meter("extra")
        assert status["serial_number"] == "CHANGE0001"
        assert status["settings"]["pause"] > 0
        assert {state["policy"] for state in status["policies"]} >= {"breaker", "busy", "identity"}

        # A client whose password is another one is refused, and the old pair goes on.
        refused = bridge.shell("meter", "set", "extra", "--client", "32")
        assert refused.code == 1
        assert "stays as it was" in refused.out
        bridge.wait_for("extra", "online")
        assert bridge.meter("extra")["client_id"] == 1

        said = bridge.shell("meter", "set", "extra", "--every", "2", "--policy", "breaker.limit=5")
        assert said.code == 0, said
        assert "W-INTERVAL" in said.err
        assert bridge.shell("policy", "set", "silence.seconds=700").code == 0
        assert bridge.daemon.terminate() == 0
        alone = bridge.shell("policy", "list", "extra", "--json")
        assert (alone.code, "no daemon runs" in alone.err) == (0, True), alone
        knobs = {knob["name"]: (knob["value"], knob["source"]) for knob in alone.json["settings"]}
        assert knobs["breaker.limit"] == (5, "meter")
        assert knobs["silence.seconds"] == (700, "operator")
        bridge.daemon.start()
        bridge.all_online()
        listed = bridge.shell("policy", "list", "extra", "--json").json["settings"]
        knobs = {knob["name"]: (knob["value"], knob["source"]) for knob in listed}
        assert knobs["breaker.limit"] == (5, "meter")
        assert knobs["silence.seconds"] == (700, "operator")
        assert bridge.meter("extra")["settings"]["every"] == 2
        assert bridge.shell("policy", "set", "silence.seconds=").code == 0
        assert bridge.shell("meter", "rm", "extra").code == 0


def test_an_unknown_policy_is_refused_with_what_there_is(bridge: RunningBridge) -> None:
    said = bridge.shell("meter", "set", "m1", "--policy", "brake.limit=5")
    assert said.code == 2
    assert "breaker" in said.err
    assert bridge.shell("policy", "set", "breaker.limits=5").code == 2
    assert bridge.shell("meter", "set", "attic", "--every", "5").code == 3
    assert bridge.shell("meter", "swap", "attic").code == 3


def test_an_exchanged_meter_is_not_read_under_the_old_name_until_it_is_confirmed(
    bridge: RunningBridge,
) -> None:
    with serve(single_phase(serial="BEFORE", days=1), port=free_port()) as before:
        added = bridge.shell(
            *("meter", "add", "spare", before.url, "--client", "1", "--auth", "lls"),
            *("--password-env", "OURS_PW", "--series", "voltage=1.1.32.7.0.255"),
            *("--every", "1", "--policy", "identity.again=2"),
        )
        assert added.code == 0, added
        bridge.wait_for("spare", "online")
        port = int(before.url.rpartition(":")[2])
    with serve(single_phase(serial="AFTER", days=1), port=port):
        until(
            lambda: "AFTER instead of BEFORE" in (bridge.meter("spare")["reason"] or ""),
            "the other meter is noticed",
            90.0,
        )
        until(
            lambda: (
                "identity_changed"
                in {alarm["code"] for alarm in bridge.meter("spare")["active_alarms"]}
            ),
            "an alarm is raised",
        )
        stored = bridge.shell("readings", "spare", "--json").json
        assert bridge.shell("meter", "swap", "spare", "--serial", "LABEL").code == 1
        assert bridge.shell("readings", "spare", "--json").json == stored
        said = bridge.shell("meter", "swap", "spare", "--serial", "AFTER")
        assert said.code == 0, said
        assert "AFTER from now on, and was BEFORE" in said.out
        bridge.wait_for("spare", "online")
        until(
            lambda: len(bridge.shell("readings", "spare", "--json").json) > len(stored),
            "it is read again",
        )
    assert bridge.shell("meter", "rm", "spare").code == 0


def test_lines_show_what_their_polls_take(bridge: RunningBridge) -> None:
    status, content = bridge.api("GET", "/api/lines")
    assert status == 200
    assert content["count"] == len(bridge.names)
    assert all(line["share"] < 1 for line in content["lines"])
    assert all(line["unmeasured"] == [] for line in content["lines"])
