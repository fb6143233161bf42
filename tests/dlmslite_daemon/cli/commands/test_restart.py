"""``restart``."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.engine.health import Observed


def test_a_meter_is_restarted(shell: Shell, daemon: Bridge) -> None:
    said = shell("restart", "1")
    assert (said.code, said.out) == (0, "kitchen is restarted\n")
    assert shell("restart", "kitchen", "--json").json["success"] is True
    assert daemon.control.calls == [("restart", "1"), ("restart", "kitchen")]


def test_an_unknown_meter_is_exit_code_3(shell: Shell, daemon: Bridge) -> None:
    assert shell("restart", "attic").code == 3


def test_without_a_daemon_nothing_is_restarted(shell: Shell) -> None:
    assert shell("restart", "kitchen").code == 4


def test_a_meter_that_the_breaker_holds_back_needs_force(shell: Shell, daemon: Bridge) -> None:
    daemon.control.observed = Observed.BREAKER_OPEN
    said = shell("restart", "kitchen")
    assert said.code == 0
    assert "dlmslite-bridge resume kitchen --force tries at once" in said.out
