from __future__ import annotations

import getpass
import stat
from pathlib import Path

import pytest

from dlmslite_daemon.cli.service.host import ThisHost
from dlmslite_daemon.errors import BridgeError

HOST = ThisHost()
ME = getpass.getuser()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_commands_that_only_ask() -> None:
    assert HOST.succeeds("true")
    assert not HOST.succeeds("false")
    assert HOST.said("echo", "well") == "well\n"


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(BridgeError, match="nothing of that name") as caught:
        HOST.run("sh", "-c", "echo nothing of that name >&2; exit 3")
    assert caught.value.code == "E-COMMAND"
    with pytest.raises(BridgeError, match="could not be run"):
        HOST.run("no-such-command-anywhere")
    HOST.run("true")


def test_files_are_written_whole_with_their_mode(tmp_path: Path) -> None:
    path = tmp_path / "unit"
    HOST.write(str(path), "[Unit]\n", 0o640)
    assert path.read_text(encoding="utf-8") == "[Unit]\n"
    assert mode(path) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["unit"]
    assert HOST.exists(str(path))
    HOST.move(str(path), str(tmp_path / "kept"))
    assert not HOST.exists(str(path))
    HOST.remove(str(tmp_path / "kept"))
    HOST.remove(str(tmp_path / "kept"))
    assert list(tmp_path.iterdir()) == []


def test_a_copy_and_a_folder_belong_to_their_owner(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"\0key")
    source.chmod(0o644)
    HOST.make_folder(str(tmp_path / "state" / "deep"), 0o750, ME)
    target = tmp_path / "state" / "deep" / "key"
    HOST.copy(str(source), str(target), 0o600, ME)
    assert target.read_bytes() == b"\0key"
    assert (mode(target), mode(target.parent)) == (0o600, 0o750)
    assert target.owner() == ME


def test_it_knows_its_own_program() -> None:
    assert HOST.program().name == "dlmslite-bridge"
    assert HOST.program().is_absolute()
    assert isinstance(HOST.is_root(), bool)
    assert isinstance(HOST.has_systemd(), bool)
