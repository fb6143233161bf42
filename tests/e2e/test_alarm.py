"""Alarms of a running daemon: raised once, sent to the broker, acknowledged, muted, cleared."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import RunningMeter, serve

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stranger() -> Iterator[RunningMeter]:
    """A meter whose password nobody told us."""
    with serve(single_phase(serial="E2E99999999")) as meter:
        yield meter


def add(bridge: RunningBridge, name: str, url: str) -> None:
    """Enter a meter with a wrong password; its alarm follows after two refusals."""
    body = {
        "name": name, "url": url, "client": 1, "auth": "lls", "password": "00000000",
        "series": [{"key": "voltage", "obis": "1.1.32.7.0.255"}], "every": 1.0, "force": True,
    }  # fmt: skip
    status, content = bridge.api("POST", "/api/meters", body)
    assert status == 202
    assert bridge.ended(content)["result"]["saved"] is True


def alarm_of(bridge: RunningBridge, name: str) -> dict[str, Any]:
    """The open alarm of a meter."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = bridge.shell("alarm", "list", "--meter", name, "--json").json["alarms"]
        return bool(found)

    until(there, f"{name} has an alarm")
    return found[0]


def told(bridge: RunningBridge, name: str) -> list[str]:
    """What the broker was told of a meter's alarms, each ``seq`` once."""
    messages = [m for m in list(bridge.subscriber.messages) if m.topic == f"meters/{name}/alarm"]
    events = {(event := json.loads(m.payload))["seq"]: event["event"] for m in messages}
    return [events[seq] for seq in sorted(events)]


def test_an_alarm_is_raised_once_sent_acknowledged_and_cleared(
    bridge: RunningBridge, stranger: RunningMeter
) -> None:
    add(bridge, "wrong", stranger.url)
    alarm = alarm_of(bridge, "wrong")
    assert (alarm["code"], alarm["acknowledged"]) == ("credentials_refused", False)
    until(lambda: told(bridge, "wrong") == ["raised"], "the broker is told")
    said = bridge.shell("alarm", "ack", str(alarm["id"]))
    assert (said.code, said.out) == (0, f"alarm {alarm['id']} is acknowledged\n")
    until(lambda: told(bridge, "wrong") == ["raised", "acknowledged"], "the broker is told")
    assert bridge.shell("meter", "rm", "wrong").code == 0
    until(lambda: told(bridge, "wrong")[-1] == "cleared", "the broker is told")
    over = bridge.shell("alarm", "list", "--all", "--json").json["alarms"]
    (mine,) = [one for one in over if one["id"] == alarm["id"]]
    assert (mine["active"], mine["acknowledged_by"]) == (False, "local")


def test_a_muted_alarm_is_shown_and_not_sent_until_it_is_unmuted(
    bridge: RunningBridge, stranger: RunningMeter
) -> None:
    refused = bridge.shell("alarm", "mute", "silense", "--meter", "m1")
    assert (refused.code, "near it: silence" in refused.err) == (2, True), refused
    assert bridge.shell("alarm", "mute", "--subject", "quiet", "--for", "1h").code == 0
    add(bridge, "quiet", stranger.url)
    alarm_of(bridge, "quiet")
    bridge.daemon.terminate()
    bridge.daemon.start()
    until(lambda: bridge.daemon.said().count("address ") == 2, "it runs again")
    assert alarm_of(bridge, "quiet")["muted"] is True
    assert "muted until" in bridge.shell("alarm", "list").out
    bridge.wait_for("m1", "online")
    assert told(bridge, "quiet") == []
    assert bridge.shell("alarm", "unmute", "--meter", "quiet").code == 0
    until(lambda: told(bridge, "quiet") == ["raised"], "the broker is told")
    assert bridge.shell("meter", "rm", "quiet").code == 0


def test_21_what_is_raised_while_the_broker_is_away_is_told_when_it_is_back(
    bridge: RunningBridge, stranger: RunningMeter
) -> None:
    bridge.broker.stop()
    add(bridge, "unheard", stranger.url)
    alarm_of(bridge, "unheard")

    def far() -> bool:
        (sink,) = bridge.api("GET", "/api/sinks")[1]["sinks"]
        # The subscriber comes back within a second, and must be first.
        return bool(sink["next_attempt"] and sink["next_attempt"] > time.time() * 1000 + 3000)

    until(far, "the sink waits")
    bridge.broker.start()
    until(lambda: told(bridge, "unheard") == ["raised"], "the broker is told", 60.0)
    assert bridge.shell("meter", "rm", "unheard").code == 0


def test_clear_and_unknown_numbers(bridge: RunningBridge, stranger: RunningMeter) -> None:
    add(bridge, "stubborn", stranger.url)
    alarm = alarm_of(bridge, "stubborn")
    assert bridge.shell("alarm", "clear", str(alarm["id"])).code == 0
    said = bridge.shell("alarm", "clear", "999999")
    assert (said.code, said.err.split(":")[0]) == (1, "E-ALARM-UNKNOWN")
    assert bridge.api("POST", "/api/alarms/999999/ack")[0] == 404
    assert bridge.shell("meter", "rm", "stubborn").code == 0
