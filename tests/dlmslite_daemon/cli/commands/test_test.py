"""``test``."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.doctor import BAD

from dlmslite_daemon.config.schema import Auth
from dlmslite_daemon.errors import BridgeError


def test_a_healthy_meter_is_exit_code_0(shell: Shell, daemon: Bridge) -> None:
    said = shell("test", "1")

    assert said.code == 0
    assert "voltage (1.1.32.7.0.255): 229.90 V" in said.out
    assert "kitchen: ok (high): meter and delivery answer as they should" in said.out
    assert "waiting for the line…" in said.err


def test_a_fault_is_exit_code_1_with_its_evidence_and_the_next_command(
    shell: Shell, daemon: Bridge
) -> None:
    daemon.doctor.diagnosed = BAD
    said = shell("test", "kitchen")

    assert said.code == 1
    assert "kitchen: refused (high): the host is up and nothing listens on the port" in said.out
    assert "connect: refused, 3 times (0 octets out, 0 in, 0 ms)" in said.out
    assert "→ dlmslite-bridge scan" in said.out


def test_json_has_all_of_it(shell: Shell, daemon: Bridge) -> None:
    said = shell("test", "kitchen", "--json")

    assert said.json["success"] is True
    assert said.json["finding"]["rungs"][0]["name"] == "host"
    assert said.json["tests"]["tcp"]["success"] is True


def test_another_pair_is_tried_with_a_password_that_is_no_argument(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("11111111\n", encoding="ascii")
    said = shell("test", "kitchen", "--client", "32", "--password-file", str(file))
    ((_, settings),) = daemon.doctor.calls

    assert (said.code, settings.client, settings.auth) == (0, 32, Auth.LLS)
    assert "11111111" not in said.out + said.err
    asked = shell("test", "kitchen", "--client", "32", "--password-prompt", stdin="11111111\n")
    assert asked.code == 0


def test_what_could_not_be_run_is_exit_code_2(shell: Shell, daemon: Bridge) -> None:
    daemon.doctor.diagnosed = BridgeError("no result within 20 s", code="E-LINE-BUSY", hint="look")
    said = shell("test", "kitchen")

    assert (said.code, said.err.splitlines()[-2:]) == (
        2, ["E-LINE-BUSY: no result within 20 s", "  → look"],
    )  # fmt: skip
    assert shell("test", "kitchen", "--json").json["error"]["code"] == "E-LINE-BUSY"


@pytest.mark.parametrize("verb", ["test", "diagnose", "commission"])
def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge, verb: str) -> None:
    assert shell(verb, "attic").code == 3


@pytest.mark.parametrize("verb", ["test", "diagnose", "commission"])
def test_without_a_daemon_it_is_exit_code_4(shell: Shell, verb: str) -> None:
    assert shell(verb, "kitchen").code == 4
