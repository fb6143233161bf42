"""``pause``."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_a_meter_is_paused(shell: Shell, daemon: Bridge) -> None:
    said = shell("pause", "1")
    assert (said.code, said.out) == (0, "kitchen is paused\n")
    assert daemon.control.calls == [("pause", "1", None)]


def test_until_is_a_time_to_come(shell: Shell, daemon: Bridge) -> None:
    said = shell("pause", "kitchen", "--until", "2h", "--json")
    assert said.json["until"] == daemon.control.calls[0][2]
    assert shell("pause", "kitchen", "--until", "2001-01-01").code == 2


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("pause", "attic").code == 3
