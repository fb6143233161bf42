"""``diagnose``."""

from __future__ import annotations

from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.doctor import BAD

from dlmslite_daemon.finding import FindingRecord


def test_the_long_run_is_asked_for(shell: Shell, daemon: Bridge) -> None:
    assert shell("diagnose", "1").code == 0
    assert shell("diagnose", "1", "--long").code == 0
    assert [call[2]["long"] for call in daemon.doctor.calls] == [False, True]


def test_a_fault_is_exit_code_1(shell: Shell, daemon: Bridge) -> None:
    daemon.doctor.diagnosed = BAD
    said = shell("diagnose", "kitchen", "--json")

    assert (said.code, said.json["finding"]["cause"]) == (1, "refused")


def test_what_was_found_before_is_shown(shell: Shell, daemon: Bridge) -> None:
    assert "nothing was diagnosed" in shell("diagnose", "kitchen", "--history").out
    daemon.store.add_finding(FindingRecord(BAD.finding))
    said = shell("diagnose", "kitchen", "--history")

    assert said.code == 0
    assert "1970-01-01 00:00:01Z  test  refused  high" in said.out
    assert shell("diagnose", "kitchen", "--history", "--json").json["count"] == 1
    assert daemon.doctor.calls == []
