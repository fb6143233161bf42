"""``status``."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, reading
from rig.bridge_shell import Shell

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
