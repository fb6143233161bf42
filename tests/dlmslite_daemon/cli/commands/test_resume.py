"""``resume``."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_a_meter_is_resumed_by_force_if_told(shell: Shell, daemon: Bridge) -> None:
    assert shell("resume", "kitchen").out == "kitchen is running\n"
    assert shell("resume", "1", "--force", "--json").json["desired"] == "running"
    assert daemon.control.calls == [("resume", "kitchen", False), ("resume", "1", True)]


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("resume", "attic").code == 3
