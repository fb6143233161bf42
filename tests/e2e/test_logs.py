"""Logs, frames and following against a running daemon; tokens and the page's session too."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from rig.daemon import until
from rig.foreign_meter import PASSWORD
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


@contextmanager
def following(bridge: RunningBridge, *words: str) -> Iterator[list[dict[str, Any]]]:
    """``follow --json`` as a process; what it said so far."""
    process = bridge.daemon.start_verb("follow", *words, "--json")
    said: list[dict[str, Any]] = []

    def read() -> None:
        assert process.stdout is not None
        said.extend(json.loads(line) for line in process.stdout)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield said
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        reader.join()
        process.communicate()


def test_follow_tells_what_happens_to_that_meter_and_goes_on_after_a_kill(
    bridge: RunningBridge,
) -> None:
    with following(bridge, "m1", "--lines", "1") as said:
        until(lambda: said, "it begins with the newest line")
        bridge.meters["m1"].pull_the_plug()
        bridge.wait_for("m1", "backoff")
        bridge.meters["m1"].plug_in()
        bridge.wait_for("m1", "online")
        lines = bridge.api("GET", "/api/meters/m1/logs", query={"lines": 1000})[1]["logs"]
        last = lines[-1]
        until(lambda: said[-1]["ts"] >= last["ts"], "the last line of the meter is told")
        told = [(one["ts"], one["message"]) for one in said if one["ts"] <= last["ts"]]
        assert told == [(one["ts"], one["message"]) for one in lines][-len(told) :]
        assert {one["meter"] for one in said} == {"m1"}
        bridge.daemon.kill()
        bridge.daemon.start()
        until(lambda: any(one["event"] == "gap" for one in said), "the restart is told")
        bridge.all_online()
    cursors = [one["cursor"] for one in said if one["event"] == "line"]
    assert len(set(cursors)) == len(cursors)


def test_frames_of_a_meter_are_explained_without_its_password(bridge: RunningBridge) -> None:
    assert bridge.shell("pause", "f2").code == 0
    bridge.wait_for("f2", "paused")
    assert bridge.shell("resume", "f2").code == 0
    until(
        lambda: "aarq" in bridge.shell("logs", "f2", "--frames").out,
        "its association is among the last frames",
    )
    out = bridge.shell("logs", "f2", "--frames", "--json").out
    assert "get-request" in out
    assert PASSWORD.encode().hex() not in out
    values = re.findall(r'"calling_authentication_value": "([^"]*)"', out)
    assert set(values) == {r"\u2022\u2022\u2022"}


def test_logs_of_one_meter_and_of_the_system(bridge: RunningBridge) -> None:
    assert "m2: associated" in bridge.shell("logs", "m2").out
    everything = bridge.shell("logs", "--json", "--lines", "500").json["logs"]
    assert {"m1", "m2", "f1"} <= {line["meter"] for line in everything}


def test_a_configuration_is_checked_while_its_daemon_runs(bridge: RunningBridge) -> None:
    said = bridge.shell("config", "check", "--json")
    assert (said.code, said.json["meters"], said.json["sinks"]) == (0, 10, 1)
    # A poll a second wears a meter: each of the ten is warned of, and nothing else is found.
    assert {one["code"] for one in said.json["findings"]} == {"W-INTERVAL"}


def test_a_token_by_the_command_line_opens_the_api_until_it_is_taken_back(
    bridge: RunningBridge,
) -> None:
    token = bridge.shell("token", "add", "board", "--role", "viewer").out.strip()
    assert bridge.api("GET", "/api/meters", token=token)[0] == 200
    assert bridge.api("POST", "/api/meters/m1/pause", token=token)[0] == 403
    assert bridge.shell("token", "rm", "board").code == 0
    assert bridge.api("GET", "/api/meters", token=token)[0] == 401


def test_the_link_that_run_printed_signs_in_once(bridge: RunningBridge) -> None:
    link = bridge.shell("token", "link").out.strip()
    assert link.startswith(bridge.address)
    with httpx.Client(trust_env=False) as browser:
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/welcome")
        assert browser.get(f"{bridge.address}/api/session").json()["role"] == "admin"
    assert httpx.get(link, trust_env=False).headers["Location"] == "/login?reason=code"
