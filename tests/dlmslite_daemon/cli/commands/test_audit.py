"""``audit``."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import Bridge, bridge
from rig.bridge_shell import Shell


def test_what_was_done_is_shown(shell: Shell, daemon: Bridge) -> None:
    assert "nothing was changed" in shell("audit").out
    assert shell("pause", "kitchen").code == 0
    (_, line) = shell("audit").out.splitlines()
    assert line.split()[2:5] == ["local", "meter.pause", "kitchen"]
    assert shell("audit", "--action", "sink", "--json").json["audit"] == []
    (entry,) = shell("audit", "--target", "kitchen", "--json").json["audit"]
    assert entry["ts_ms"] == daemon.clock.utc_ms()


def test_without_a_daemon_the_store_answers(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path):
        pass
    said = shell("audit")
    assert (said.code, "no daemon runs" in said.err) == (0, True)
