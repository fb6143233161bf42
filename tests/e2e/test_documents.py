"""Every command on the pages for operators is run against a running bridge, as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from rig.bridge_shell import Said, Shell
from rig.documented import PAGES, ROOT, Command, commands
from rig.foreign_meter import PASSWORD
from rig.old_database import OldDatabase
from rig.running_bridge import LAB_PASSWORD, RunningBridge, running_bridge

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve

pytestmark = pytest.mark.e2e

# Verbs whose exit code is a verdict on meters and sinks, not on the command.
VERDICTS = (
    "health",
    "plan",
    "report",
    "test",
    "diagnose",
    "config check",
    "outbox",
    "scan",
    "status",
)
SHIM = """#!/bin/sh
exec {python} -m dlmslite_daemon "$@"
"""


@frozen
class Desk:
    """A shell beside a running bridge, in which the pages' names mean something.

    Attributes:
        bridge: The bridge.
        new: Where a meter is that the bridge does not know yet.
        tools: Where the program is as a command of the shell.
    """

    bridge: RunningBridge
    new: str
    tools: Path

    def here(self, text: str) -> str:
        """A command with the names that things have here."""
        folder = str(self.bridge.folder)
        for there, ours in (
            ("tcp+hdlc://192.0.2.8:3333", self.new),
            ("192.0.2.0/28 --port 3333", "127.0.0.1/32 --port 1"),
            ("http://127.0.0.1:5001", self.bridge.address),
            ("/var/lib/dlmslite", folder),
            ("/run/dlmslite", folder),
            ("mqtt://broker.example", f"mqtt://127.0.0.1:{self.bridge.broker.port}"),
        ):
            text = text.replace(there, ours)
        text = re.sub(r"\bhall\b", "m1", text)
        return re.sub(r"\blocal\b", "plain", text)

    def run(self, text: str) -> Said:
        """Run a line of the shell; nothing is asked at a terminal, the answer is a password.

        What needs no shell is run in this process: each start of Python takes a second.
        """
        line, answer = self.here(text), f"{LAB_PASSWORD}\n"
        if line.startswith("dlmslite-bridge ") and not re.search(r"[|<>;&]", line):
            return Shell()(*shlex.split(line)[1:], stdin=answer)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            env={**os.environ, "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}"},
            input=answer,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
            start_new_session=True,
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The shell; the bridge has a second meter to find, and an old database beside it."""
    tools = tmp_path_factory.mktemp("bin")
    program = tools / "dlmslite-bridge"
    program.write_text(SHIM.format(python=sys.executable), encoding="utf-8")
    program.chmod(0o755)
    folder = tmp_path_factory.mktemp("bridge")
    OldDatabase(folder / "admin.db").meter(1, "old_hall").five(1)
    (folder / "hall.password").write_text(f"{LAB_PASSWORD}\n", encoding="utf-8")
    with (
        serve(single_phase(serial="DOC00000001", seed=99, days=1)) as cellar,
        running_bridge(folder) as bridge,
        pytest.MonkeyPatch.context() as here,
    ):
        path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
        here.chdir(folder)
        here.setenv("PYTHONPATH", path)
        here.setenv("OURS_PW", LAB_PASSWORD)
        here.setenv("FOREIGN_PW", PASSWORD)
        yield Desk(bridge, cellar.url, tools)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_of_a_page_do_what_they_say(desk: Desk, page: Path) -> None:
    name = page.relative_to(ROOT).as_posix()
    every = commands()
    # A translation shows what the English page shows, and that has been run.
    english = {one.text for one in every if one.page.startswith("docs/operate/")}
    known = set() if name.startswith("docs/operate/") else english
    wrong = [
        failure
        for command in every
        if command.page == name and not command.reason and command.text not in known
        for failure in _failures(desk, command)
    ]

    assert wrong == []


def _failures(desk: Desk, command: Command) -> list[str]:
    done = desk.run(command.text)
    told = f"{command.text} → {done.code}: {(done.err + done.out)[-600:]}"
    verb = command.text.removeprefix("dlmslite-bridge ")
    allowed = {0, 1, 2} if verb.startswith(VERDICTS) else {0}
    allowed |= {3} if verb.startswith("report health") else set()  # nothing was due yet
    broken = re.search(r"Traceback|E-USAGE|E-INTERNAL|Usage:|^Error: No such", told, re.MULTILINE)
    return [told] if broken or done.code not in allowed or '"success": false' in told else []
