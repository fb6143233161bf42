"""``config check``: a table for people, findings for machines, an exit code for both."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_a_sound_configuration_is_exit_code_0(shell: Shell, daemon: Bridge) -> None:
    said = shell("config", "check")
    assert (said.code, said.out) == (0, "bridge.toml: sound; 0 meters, 0 sinks in the file\n")
    assert shell("config", "check", "--json").json == {
        "success": True,
        "path": "bridge.toml",
        "meters": 0,
        "sinks": 0,
        "findings": [],
    }


def test_every_fault_is_shown_with_its_key_and_the_exit_code_is_1(
    shell: Shell, daemon: Bridge
) -> None:
    with Path("bridge.toml").open("a") as file:
        file.write('[meters.a]\nurl = "tcp://h:1"\nevry = 3\n[sinks.b]\nkind = "pigeon"\n')
    said = shell("config", "check")
    assert said.code == 1
    assert "meters.a.evry" in said.out
    assert "sinks.b.kind" in said.out
    assert "2 errors" in said.out
    answer = shell("config", "check", "--json")
    assert (answer.code, answer.json["success"]) == (1, False)
    assert [one["level"] for one in answer.json["findings"]] == ["error", "error"]


def test_a_file_that_is_not_there_is_said(shell: Shell) -> None:
    said = shell("config", "check", "--config", "nowhere.toml")
    assert said.code == 2
    assert said.err.startswith("E-CONFIG-FILE")
