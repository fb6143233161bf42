"""The verbs of diagnosis against a running daemon with a mosquitto and ten meters."""

from __future__ import annotations

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from rig.daemon import until
from rig.running_bridge import LAB_PASSWORD, RunningBridge

pytestmark = pytest.mark.e2e

WRONG = "Xq7vT3kz"  # the password of nobody
METER_RUNGS = [
    "line", "name", "route", "host", "connect", "banner", "link", "public",
    "association", "identity", "clock", "register",
]  # fmt: skip


def test_a_test_climbs_to_the_first_value_and_the_polls_go_on(bridge: RunningBridge) -> None:
    said = bridge.shell("test", "m1", "--json")

    assert (said.code, said.json["finding"]["cause"]) == (0, "ok")
    assert [rung["name"] for rung in said.json["finding"]["rungs"]] == METER_RUNGS
    assert said.json["finding"]["seconds"] < 15
    assert said.json["values"][0]["text"]
    polls = bridge.meter("m1")["polls"]["complete"]
    until(lambda: bridge.meter("m1")["polls"]["complete"] > polls, "m1 is polled again")


def test_a_meter_of_another_implementation_is_tested_as_well(bridge: RunningBridge) -> None:
    assert bridge.shell("test", "f1").code == 0


def test_the_old_path_answers_in_its_old_envelope(bridge: RunningBridge) -> None:
    number = bridge.meter("m2")["id"]
    status, content = bridge.api("POST", f"/api/meters/{number}/test")

    assert (status, content["success"], content["meter_id"]) == (200, True, number)
    assert set(content["tests"]) == {"ping", "tcp", "dlms"}
    assert content["tests"]["tcp"]["success"] is True
    assert content["tests"]["dlms"]["success"] is True


def test_another_pair_is_tried_once_and_nothing_of_it_is_saved(bridge: RunningBridge) -> None:
    file = bridge.folder / "other-password"
    file.write_text(WRONG, encoding="ascii")
    said = bridge.shell("test", "m3", "--client", "32", "--password-file", str(file), "--json")

    assert (said.code, said.json["finding"]["cause"]) == (1, "wrong-password")
    file.write_text("11111111", encoding="ascii")
    right = bridge.shell("test", "m3", "--client", "32", "--password-file", str(file))
    assert right.code == 0
    assert bridge.meter("m3")["client_id"] == 1
    frames = bridge.shell("logs", "m3", "--frames").out
    stored = b"".join(path.read_bytes() for path in bridge.folder.glob("bridge.db*"))
    for secret in (WRONG, LAB_PASSWORD):
        assert secret not in said.out + right.out + frames + bridge.daemon.said()
        assert secret.encode() not in stored


def test_a_meter_that_is_gone_is_refused_and_the_finding_is_kept(bridge: RunningBridge) -> None:
    bridge.meters["m4"].pull_the_plug()
    said = bridge.shell("test", "m4")
    history = bridge.shell("diagnose", "m4", "--history", "--json").json["diagnoses"]
    bridge.meters["m4"].plug_in()

    assert said.code == 1
    assert "m4: refused (high)" in said.out
    assert "→ dlmslite-bridge scan 127.0.0.0/24 --port" in said.out
    assert (history[0]["cause"], history[0]["kind"]) == ("refused", "test")


def test_a_diagnosis_ends_with_the_broker(bridge: RunningBridge) -> None:
    said = bridge.shell("diagnose", "m5", "--json")
    rungs = said.json["finding"]["rungs"]

    assert said.code == 0, said.json["finding"]["evidence"]
    assert [(rung["name"], rung["sink"]) for rung in rungs[-3:]] == [
        ("broker", "plain"), ("puback", "plain"), ("takeover", "plain"),
    ]  # fmt: skip
    assert bridge.shell("diagnose", "m5", "--history", "--json").json["count"] >= 1


def test_a_frozen_broker_is_found_behind_a_sound_meter(bridge: RunningBridge) -> None:
    bridge.broker.freeze()
    try:
        said = bridge.shell("diagnose", "m5", "--json")
    finally:
        bridge.broker.thaw()

    assert (said.code, said.json["finding"]["cause"]) == (1, "broker-down")


def test_a_rival_with_the_same_client_id_is_found(bridge: RunningBridge) -> None:
    rival = Client(CallbackAPIVersion.VERSION2, client_id="dlmslite-plain")
    rival.reconnect_delay_set(min_delay=1, max_delay=1)
    rival.connect("127.0.0.1", bridge.broker.port)
    rival.loop_start()
    try:
        said = bridge.shell("diagnose", "m5", "--json")
    finally:
        rival.disconnect()
        rival.loop_stop()

    assert (said.code, said.json["finding"]["cause"]) == (1, "duplicate-client")
    until(
        lambda: all(sink["connected"] for sink in bridge.api("GET", "/api/sinks")[1]["sinks"]),
        "the sink is connected again",
    )


def test_a_scan_finds_meters_and_leaves_the_lines_alone(bridge: RunningBridge) -> None:
    said = bridge.shell(
        "scan", "127.0.0.1", *(f"--port={meter.port}" for meter in bridge.meters.values()), "--json"
    )

    assert {seen["state"] for seen in said.json["found"]} == {"skipped"}
    assert said.code == 1


def test_a_quick_commissioning_prints_one_page(bridge: RunningBridge) -> None:
    said = bridge.shell("commission", "m6", "--quick")

    assert said.code == 0
    assert said.out.startswith("# Commissioning of m6\n")
    assert "| reads | 30, 0 lost" in said.out
    assert "| rows read | 20, from " in said.out
    newest = bridge.shell("diagnose", "m6", "--history", "--json").json["diagnoses"][0]
    assert (newest["kind"], newest["page"]) == ("commission", said.out.rstrip("\n") + "\n")
