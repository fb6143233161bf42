"""``report``: a verb for each report of the folder, with its exit code, without a daemon too."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import KITCHEN, NOW_MS, Bridge, bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.reports.base import REPORTS


def test_each_report_of_the_folder_is_a_verb(shell: Shell) -> None:
    out = shell("report", "--help").out
    assert all(f"  {name} " in out for name, _ in REPORTS.items())
    assert "--csv" in shell("report", "energy", "--help").out
    assert shell("report", "nothing").code == 2


def test_the_exit_code_is_the_reports(shell: Shell, daemon: Bridge) -> None:
    assert shell("report", "energy").code == 2
    assert shell("report", "energy", "--meter", "cellar").code == 3
    assert shell("report", "energy", "--since", "yesterday").code == 2


def test_without_a_daemon_the_store_answers_and_says_so(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
    said = shell("report", "energy", "--until", str(NOW_MS))
    assert "Energy by day" in said.out
    assert said.err.startswith("no daemon runs; this is what ")
