"""``status``."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.cli.commands import status as module
from dlmslite_daemon.cli.output import console
from dlmslite_daemon.engine.health import Fault


@pytest.mark.parametrize("name", ["kitchen", "1"])
def test_all_of_a_meter_is_shown(shell: Shell, daemon: Bridge, name: str) -> None:
    daemon.keep(reading("voltage", NOW_MS, 22990))
    said = shell("status", name)
    assert said.code == 0
    assert "SN 1234, PDU 1024" in said.out
    assert "0.200s, 0.300s, 0.400s" in said.out
    assert "229.90" in said.out
    assert "2023-11-14 22:13:20Z" in said.out
    assert "0.200s, 0.600s, 0.600s" in said.out  # of each series
    words = " ".join(said.out.split())
    assert "session since 2023-11-14 22:12:20Z" in words
    assert "lost sessions 1h, 24h 1, 2" in words
    assert "breaker closed, 0 failures" in words
    assert "no alarm is open" in words


def test_a_meter_out_of_reach_is_exit_code_1_with_cause_and_next_step(
    shell: Shell, daemon: Bridge
) -> None:
    daemon.fault = Fault("E-LINE-REFUSED", "nobody listens", "dlmslite-bridge scan", NOW_MS)
    said = shell("status", "kitchen")
    assert said.code == 1
    assert "E-LINE-REFUSED: nobody listens" in said.out
    assert "dlmslite-bridge scan" in said.out


def test_json_is_the_answer_of_the_api(shell: Shell, daemon: Bridge) -> None:
    assert shell("status", "1", "--json").json["status"]["polls"]["due"] == 10


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    said = shell("status", "attic")
    assert said.code == 3
    assert "dlmslite-bridge list" in said.err
    assert shell("status", "attic", "--json").json["error"]["code"] == "E-METER-UNKNOWN"


def test_open_alarms_are_shown_with_how_loud_they_are(shell: Shell, daemon: Bridge) -> None:
    daemon.desk.report("kitchen", (Condition("silence", "nothing heard"),))
    daemon.desk.turn(0.0)
    daemon.desk.acknowledge(1, "ann")
    words = " ".join(shell("status", "kitchen").out.split())
    assert "1 warning, acknowledged silence" in words


def test_watch_shows_it_until_somebody_interrupts(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "watched", lambda draw: console().print(draw()))
    assert "kitchen (id 1)" in shell("status", "1", "--watch").out
