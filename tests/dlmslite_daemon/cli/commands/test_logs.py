"""``logs``: of a meter, of everything, frames, and what the store alone has."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import KITCHEN, NOW_MS, Bridge, bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.store.records import Diagnostic

DISC = bytes.fromhex("7ea00703035380d77e")


def add(parts: Bridge, event: str, meter: str, level: str = "info") -> None:
    ring = parts.services.log.ring
    assert ring is not None
    ring.add(NOW_MS, level, event, meter, {})


def test_the_lines_of_a_meter_or_of_everything(shell: Shell, daemon: Bridge) -> None:
    add(daemon, "associated", "kitchen")
    add(daemon, "ready", "")
    add(daemon, "connect failed", "kitchen", "warning")
    said = shell("logs", "kitchen")
    assert [line.split(" ", 1)[1] for line in said.out.splitlines()] == [
        "info kitchen: associated",
        "warning kitchen: connect failed",
    ]
    assert "ready" in shell("logs").out
    assert shell("logs", "kitchen", "--level", "warning", "--json").json["count"] == 1
    assert shell("logs", "kitchen", "--lines", "1", "--since", str(NOW_MS), "--json").code == 0


def test_the_last_frames_are_explained(shell: Shell, daemon: Bridge) -> None:
    frames = daemon.services.log.frames
    assert frames is not None
    frames.tap("kitchen", "")(True, DISC)
    said = shell("logs", "kitchen", "--frames")
    assert "→ kitchen: DISC\n    7ea00703035380d77e" in said.out
    assert shell("logs", "--frames").code == 2


def test_where_there_is_no_line_that_is_said(shell: Shell, daemon: Bridge) -> None:
    del daemon
    said = shell("logs", "kitchen", "--level", "critical")
    assert (said.code, said.out, said.err) == (0, "", "there is no such line\n")


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("logs", "nobody").code == 3


def test_without_a_daemon_the_store_tells(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        parts.store.add_diagnostic(Diagnostic("kitchen", NOW_MS, "error", "hdlc", "bad FCS"))
    said = shell("logs", "kitchen")
    assert said.code == 0
    assert "error kitchen: bad FCS category=hdlc" in said.out
    assert said.err.startswith("no daemon runs")
