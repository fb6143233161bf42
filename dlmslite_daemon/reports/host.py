"""What this machine's systemd says of the bridge's service: active, enabled, its journal.

Where there is no systemd, or it does not answer, nothing is known; that is said, not guessed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence

from attrs import frozen

UNIT = "dlmslite-bridge.service"
SECONDS = 3.0  # a systemd that does not answer by then is none

Run = Callable[[Sequence[str]], str | None]


@frozen
class HostFacts:
    """What is known of the service; None where it is not known.

    Attributes:
        installed: Whether there is a unit of the bridge.
        active: Whether systemd runs it.
        enabled: Whether it starts with the machine.
        journal: Whether the journal has lines of it.
    """

    installed: bool | None = None
    active: bool | None = None
    enabled: bool | None = None
    journal: bool | None = None


def run(words: Sequence[str]) -> str | None:
    """What a program of this machine prints; None where there is none, or it does not answer."""
    program = shutil.which(words[0])
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [program, *words[1:]], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout


def look(run: Run = run) -> HostFacts:
    """Ask systemd and the journal.

    Args:
        run: Runs a program and gives what it prints.
    """
    shown = run(("systemctl", "show", UNIT, "--property=LoadState,ActiveState,UnitFileState"))
    said = dict(line.split("=", 1) for line in (shown or "").splitlines() if "=" in line)
    if "LoadState" not in said:
        return HostFacts()
    installed = said["LoadState"] == "loaded"
    lines = run(("journalctl", "--unit", UNIT, "--lines", "1", "--quiet", "--no-pager"))
    return HostFacts(
        installed,
        active=said.get("ActiveState") == "active",
        enabled=said.get("UnitFileState", "").startswith("enabled"),
        journal=None if lines is None else bool(lines.strip()),
    )
