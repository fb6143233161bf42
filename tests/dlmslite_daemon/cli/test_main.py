"""Help in three groups, the version, usage errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rig.bridge_shell import Shell

ROOT = Path(__file__).resolve().parents[3]


def test_help_shows_the_groups(shell: Shell) -> None:
    said = shell("--help")
    assert said.code == 0
    groups = [line for line in said.out.splitlines() if line.endswith(":") and line[0] != " "]
    assert groups == ["Options:", "Every day:", "Set-up:", "Upkeep:"]
    assert "list" in said.out.split("Every day:")[1].split("Set-up:")[0]


@pytest.mark.parametrize("group", [(), ("meter",), ("report",), ("sink",), ("alarm",)])
def test_help_tells_what_a_verb_does_to_the_end(shell: Shell, group: tuple[str, ...]) -> None:
    said = shell(*group, "--help").out
    assert "..." not in said.split("[ARGS]...")[1]
    assert "`" not in said


def test_the_version_is_shown(shell: Shell) -> None:
    assert shell("--version").out.startswith("dlmslite-bridge ")


@pytest.mark.parametrize("verb", ["frobnicate", "base", "../list", "list.x", ""])
def test_an_unknown_verb_is_a_usage_error(shell: Shell, verb: str) -> None:
    said = shell(verb)
    assert said.code == 2
    assert verb in said.err


def test_a_verb_that_talks_to_the_daemon_starts_without_its_framework() -> None:
    code = (
        "import sys; sys.argv = ['x', 'list', '--help'];"
        "from dlmslite_daemon.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('heavy:', *{'fastapi', 'uvicorn', 'amqtt', 'sqlite3'} & set(sys.modules))"
    )
    # Coverage would follow into the process, and brings sqlite3 along.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=alone,
    )
    assert outcome.stdout.splitlines()[-1] == "heavy:", outcome.stderr
