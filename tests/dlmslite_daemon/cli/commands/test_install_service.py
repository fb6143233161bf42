"""``install-service`` on a machine that is a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from rig.bridge import bridge
from rig.bridge_shell import Shell
from rig.service_host import FolderHost

from dlmslite_daemon.cli.commands import install_service as verb
from dlmslite_daemon.cli.main import cli
from dlmslite_daemon.cli.service.install import KEY, OLD_KEPT, OLD_UNIT, STORE
from dlmslite_daemon.cli.service.unit import NAME, OLD_NAME, UNIT_FOLDER
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.store.sqlite.care import is_ours

UNIT = f"{UNIT_FOLDER}/{NAME}"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderHost:
    machine = FolderHost(tmp_path / "machine")
    monkeypatch.setattr(verb, "ThisHost", lambda: machine)
    return machine


def test_it_tells_each_step_and_ends_with_the_health_of_the_service(host: FolderHost) -> None:
    said = Shell()("install-service")
    assert said.code == 0
    assert "· start, and wait until it is ready" in said.out
    assert said.out.endswith("overall  ok\n")
    assert host.exists(UNIT)
    assert host.ran[-1][-1] == "health"


def test_json_lists_the_steps(host: FolderHost) -> None:
    said = Shell()("install-service", "--json")
    assert said.json["success"] is True
    assert said.json["unit"] == UNIT
    assert "group dlmslite" in said.json["steps"]
    assert host.exists(UNIT)


def test_the_unit_alone_is_printed_and_nothing_changed(host: FolderHost) -> None:
    host.root_user = False
    said = Shell()("install-service", "--print-unit")
    assert said.code == 0
    assert said.out.startswith("[Unit]\n")
    assert host.ran == []


def test_a_store_in_use_is_taken_along_with_its_key(host: FolderHost, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "bridge.key").write_bytes(b"k" * 32)
    with bridge(folder) as running:
        running.store.add_meter(MeterSettings("cellar", "serial:///dev/ttyUSB0"))
        said = Shell()("install-service", "--from", str(running.services.store.info()["path"]))
    assert said.code == 0, said.err
    assert is_ours(host.path(STORE)) > 0
    assert host.path(KEY).read_bytes() == b"k" * 32
    # One of its lines is a serial port.
    assert "SupplementaryGroups=dialout" in host.path(UNIT).read_text(encoding="utf-8")
    again = Shell()("install-service", "--from", str(folder / "bridge.db"))
    assert again.code == 1
    assert "E-EXISTS" in again.err


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_the_old_bridge_is_stopped_only_after_a_yes(host: FolderHost, answer: str) -> None:
    host.path(OLD_UNIT).write_text("[Unit]\n", encoding="utf-8")
    outcome = CliRunner().invoke(cli, ["install-service"], input=answer, catch_exceptions=False)
    assert outcome.exit_code == 0
    assert "Stop it" in outcome.stderr
    stopped = ("systemctl", "disable", "--now", OLD_NAME) in host.ran
    assert stopped == host.exists(OLD_KEPT) == (answer == "y\n")


def test_yes_asks_nothing(host: FolderHost) -> None:
    host.path(OLD_UNIT).write_text("[Unit]\n", encoding="utf-8")
    assert Shell()("install-service", "--yes").code == 0
    assert host.exists(OLD_KEPT)


def test_who_is_not_root_is_told_so_before_anything(host: FolderHost) -> None:
    host.root_user = False
    said = Shell()("install-service")
    assert said.code == 1
    assert said.err.startswith("E-NOT-ROOT: ")
    assert "sudo" in said.err
    assert host.ran == []
