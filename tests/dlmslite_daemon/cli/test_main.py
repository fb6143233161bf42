"""Help in three groups, the version, usage errors."""

from __future__ import annotations

from rig.bridge_shell import Shell


def test_help_shows_the_groups(shell: Shell) -> None:
    said = shell("--help")
    assert said.code == 0
    groups = [line for line in said.out.splitlines() if line.endswith(":") and line[0] != " "]
    assert groups == ["Options:", "Every day:", "Set-up:"]
    assert "list" in said.out.split("Every day:")[1].split("Set-up:")[0]


def test_the_version_is_shown(shell: Shell) -> None:
    assert shell("--version").out.startswith("dlmslite-bridge ")


def test_an_unknown_verb_is_a_usage_error(shell: Shell) -> None:
    said = shell("frobnicate")
    assert said.code == 2
    assert "frobnicate" in said.err
