"""``diag``: an archive is written, and says what is inside."""

from __future__ import annotations

import zipfile
from pathlib import Path

from rig.bridge import Bridge
from rig.bridge_shell import Shell


def test_the_archive_is_written_and_listed(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    del daemon
    said = shell("diag", "kitchen", "-o", "help.zip")
    assert said.code == 0
    assert "configuration.json" in said.out
    with zipfile.ZipFile(tmp_path / "help.zip") as opened:
        assert opened.testzip() is None
        assert opened.namelist()[0] == "README.txt"


def test_its_name_is_the_time_unless_told(shell: Shell, daemon: Bridge, tmp_path: Path) -> None:
    del daemon
    said = shell("diag", "--redact-serials", "--json")
    assert said.code == 0
    assert (tmp_path / said.json["file"]).is_file()
    assert said.json["file"].startswith("dlmslite-diag-2023")


def test_what_cannot_be_made_or_written(shell: Shell, daemon: Bridge) -> None:
    del daemon
    assert shell("diag", "nobody").code == 3
    said = shell("diag", "-o", "/nowhere/x.zip")
    assert said.code == 1
    assert "/nowhere/x.zip cannot be written" in said.err


def test_without_a_daemon_it_is_4(shell: Shell) -> None:
    assert shell("diag").code == 4
