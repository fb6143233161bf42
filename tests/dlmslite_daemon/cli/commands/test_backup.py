"""``backup``: with a daemon, without one, and to a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import Bridge, bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.store.sqlite.care import is_ours


@pytest.mark.usefixtures("daemon")
def test_a_running_daemon_makes_it_and_hands_it_out(shell: Shell, tmp_path: Path) -> None:
    said = shell("backup")
    assert said.code == 0
    assert "checked and sound" in said.out
    target = tmp_path / "mine.db"
    made = shell("backup", str(target), "--json").json["backup"]
    assert made["file"] == str(target)
    assert is_ours(target) > 0
    assert target.stat().st_mode & 0o077 == 0
    listed = shell("backup", "--list", "--json").json["backups"]
    assert made["name"] in {one["name"] for one in listed}
    assert made["name"] in shell("backup", "--list").out


def test_without_a_daemon_the_file_is_copied(shell: Shell, tmp_path: Path) -> None:
    assert shell("backup").code == 4
    with bridge(tmp_path):
        pass
    assert shell("backup").code == 0
    assert shell("backup", str(tmp_path / "mine.db")).code == 0
    assert is_ours(tmp_path / "mine.db") > 0
    assert len(list((tmp_path / "backups").iterdir())) == 1
    assert "mine.db" not in shell("backup", "--list").out


def test_a_file_that_cannot_be_written_says_why(shell: Shell, daemon: Bridge) -> None:
    said = shell("backup", str(daemon.path / "none" / "mine.db"))
    assert said.code == 1
    assert "E-STORE-BACKUP" in said.err
