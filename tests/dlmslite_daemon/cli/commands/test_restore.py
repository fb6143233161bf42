"""``restore``: only without a daemon, asks first, keeps what stood there."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import Bridge, bridge
from rig.bridge_shell import Shell
from rig.store_suite import a_meter


def with_a_backup(shell: Shell, folder: Path) -> str:
    with bridge(folder) as parts:
        parts.store.add_meter(a_meter("first"))
    name = shell("backup", "--json").json["backup"]["name"]
    with bridge(folder) as parts:
        parts.store.add_meter(a_meter("second"))
    return str(name)


def meters(folder: Path) -> list[str]:
    with bridge(folder) as parts:
        return [record.name for record in parts.store.meters()]


def test_a_backup_by_name_latest_or_file_takes_the_place(shell: Shell, tmp_path: Path) -> None:
    name = with_a_backup(shell, tmp_path)
    for word in (name, "latest", str(tmp_path / "backups" / name)):
        said = shell("restore", word, "--yes", "--json")
        assert said.code == 0
        assert Path(said.json["aside"]).is_file()
        assert meters(tmp_path) == ["first"]


def test_it_asks_first(shell: Shell, tmp_path: Path) -> None:
    with_a_backup(shell, tmp_path)
    assert shell("restore", "latest", stdin="n\n").code == 1
    assert meters(tmp_path) == ["first", "second"]
    said = shell("restore", "latest", stdin="y\n")
    assert said.code == 0
    assert "systemctl start" in said.out
    assert meters(tmp_path) == ["first"]


def test_while_a_daemon_runs_it_refuses(shell: Shell, daemon: Bridge) -> None:
    assert shell("backup").code == 0
    for words in (("--yes",), ()):  # it does not ask first whether it should
        said = shell("restore", "latest", *words, stdin="y\n")
        assert said.code == 1
        assert "E-STORE-LOCKED" in said.err
        assert "systemctl stop" in said.err
        assert "Replace" not in said.err
    assert [record.name for record in daemon.store.meters()] == ["kitchen"]


def test_what_is_not_there_is_said(shell: Shell, tmp_path: Path) -> None:
    with_a_backup(shell, tmp_path)
    assert "E-BACKUP-UNKNOWN" in shell("restore", "none.db", "--yes").err
    assert "E-STORE-MISSING" in shell("restore", "/nowhere/none.db", "--yes").err
