"""The verbs of every day against a running daemon with a mosquitto and ten meters."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


def test_list_shows_every_meter_online(bridge: RunningBridge) -> None:
    said = bridge.shell("list", "--json")
    assert said.code == 0
    assert {meter["name"]: meter["observed"] for meter in said.json["meters"]} == dict.fromkeys(
        bridge.names, "online"
    )


def test_status_by_name_and_by_number_is_the_same_meter(bridge: RunningBridge) -> None:
    by_name = bridge.shell("status", "m1", "--json").json
    by_number = bridge.shell("status", str(by_name["meter_id"]), "--json").json
    assert by_number["status"]["name"] == "m1"


def test_readings_of_a_meter_that_is_not_ours_are_what_it_says(bridge: RunningBridge) -> None:
    meter = bridge.foreign["f2"]
    truth = {key: Decimal(value) for key, (value, _) in meter.values.items()}
    said = bridge.shell("readings", "f2", "--json", "--since", "1h")
    assert said.code == 0
    stored = {"r" + key.replace(".", "_"): value for key, value in truth.items()}
    assert {row["series"]: row["value"] for row in said.json} == stored


def test_pause_stops_that_meter_alone_and_resume_goes_on(bridge: RunningBridge) -> None:
    assert bridge.shell("pause", "m2").code == 0
    bridge.wait_for("m2", "paused")
    polls = bridge.meter("m2")["polls"]["due"]
    others = bridge.meter("m3")["polls"]["complete"]
    until(lambda: bridge.meter("m3")["polls"]["complete"] >= others + 2, "m3 goes on")
    assert bridge.meter("m2")["polls"]["due"] == polls
    assert bridge.shell("resume", "m2").code == 0
    bridge.wait_for("m2", "online")


def test_health_says_with_its_exit_code_what_it_says_in_words(bridge: RunningBridge) -> None:
    said = bridge.shell("health", "--json")
    # Two of the meters have a clock that stands still: an alarm each, and nothing else is wrong.
    assert said.json["overall"] == {0: "ok", 1: "degraded"}[said.code]
    assert all("alarm" in reason for reason in said.json["reasons"])


def test_what_the_command_line_reads_is_what_the_broker_got(bridge: RunningBridge) -> None:
    newest = bridge.shell("readings", "m1", "--json", "--limit", "1").json[-1]

    def arrived() -> bool:
        return any(
            json.loads(message.payload)["ts"] == newest["ts"]
            for message in list(bridge.subscriber.messages)
            if message.topic == "meters/m1/state"
        )

    until(arrived, "the newest stored reading is delivered")


@pytest.mark.parametrize(
    "words", [("status",), ("readings",), ("pause",), ("resume",)], ids=lambda words: words[0]
)
def test_a_meter_that_is_not_there_is_exit_code_3(
    bridge: RunningBridge, words: tuple[str, ...]
) -> None:
    said = bridge.shell(*words, "nobody")
    assert said.code == 3
    assert said.err.startswith("E-METER-UNKNOWN")
