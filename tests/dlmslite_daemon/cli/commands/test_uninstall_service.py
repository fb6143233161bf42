"""``uninstall-service`` on a machine that is a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge_shell import Shell
from rig.service_host import FolderHost

from dlmslite_daemon.cli.commands import uninstall_service as verb
from dlmslite_daemon.cli.service.install import OLD_KEPT, Wish, install
from dlmslite_daemon.cli.service.unit import CONFIGURATION, NAME, UNIT_FOLDER


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderHost:
    machine = FolderHost(tmp_path / "machine")
    monkeypatch.setattr(verb, "ThisHost", lambda: machine)
    return machine


def test_the_unit_goes_and_what_was_stored_stays(host: FolderHost) -> None:
    install(host, Wish(), print)
    host.path(OLD_KEPT).write_text("[Unit]\n", encoding="utf-8")
    said = Shell()("uninstall-service")
    assert said.code == 0
    assert not host.exists(f"{UNIT_FOLDER}/{NAME}")
    assert host.exists(CONFIGURATION)
    assert f"{CONFIGURATION} and the user dlmslite stay" in said.out
    assert f"mv {OLD_KEPT}" in said.out


def test_json_says_what_was_kept(host: FolderHost) -> None:
    install(host, Wish(), print)
    said = Shell()("uninstall-service", "--json")
    assert CONFIGURATION in said.json["kept"]


def test_where_there_is_none_it_says_so(host: FolderHost) -> None:
    said = Shell()("uninstall-service")
    assert said.code == 1
    assert said.err.startswith("E-NOT-INSTALLED")
    assert host.ran == []
