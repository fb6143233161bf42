from __future__ import annotations

from pathlib import Path

import pytest
from rig.service_host import FolderHost

from dlmslite_daemon.cli.service.install import (
    KEY,
    OLD_KEPT,
    OLD_UNIT,
    STORE,
    Wish,
    check_host,
    check_store,
    health,
    install,
    uninstall,
)
from dlmslite_daemon.cli.service.unit import CONFIGURATION, NAME, OLD_NAME, UNIT_FOLDER
from dlmslite_daemon.errors import BridgeError

UNIT = f"{UNIT_FOLDER}/{NAME}"


@pytest.fixture
def host(tmp_path: Path) -> FolderHost:
    return FolderHost(tmp_path / "machine")


def quiet(_step: str) -> None:
    """Nobody listens."""


def test_a_first_installation_makes_user_folder_configuration_and_unit(host: FolderHost) -> None:
    steps: list[str] = []
    install(host, Wish(), steps.append)
    assert [command[0] for command in host.ran] == [
        "groupadd", "useradd", "systemctl", "systemctl", "systemctl",
    ]  # fmt: skip
    assert host.ran[2:] == [
        ("systemctl", "daemon-reload"),
        ("systemctl", "enable", NAME),
        ("systemctl", "restart", NAME),
    ]
    assert host.owners["/var/lib/dlmslite"] == ("dlmslite", 0o750)
    assert STORE in host.path(CONFIGURATION).read_text(encoding="utf-8")
    assert f"Alias={OLD_NAME}" in host.path(UNIT).read_text(encoding="utf-8")
    assert steps[0] == "group dlmslite"
    assert steps[-1] == "start, and wait until it is ready"


def test_a_second_installation_makes_nothing_twice(host: FolderHost) -> None:
    install(host, Wish(), quiet)
    host.path(CONFIGURATION).write_text("# mine\n", encoding="utf-8")
    host.ran.clear()
    install(host, Wish(), quiet)
    assert {command[0] for command in host.ran} == {"systemctl"}
    assert host.path(CONFIGURATION).read_text(encoding="utf-8") == "# mine\n"


def test_the_store_and_its_key_are_taken_along_and_belong_to_the_service(
    host: FolderHost, tmp_path: Path
) -> None:
    store, key = tmp_path / "bridge.db", tmp_path / "bridge.key"
    store.write_bytes(b"store")
    key.write_bytes(b"key")
    install(host, Wish(store=str(store), key=str(key)), quiet)
    assert host.path(STORE).read_bytes() == b"store"
    assert host.path(KEY).read_bytes() == b"key"
    assert host.owners[STORE] == host.owners[KEY] == ("dlmslite", 0o600)


def test_a_store_that_is_there_is_not_written_over(host: FolderHost) -> None:
    install(host, Wish(), quiet)
    host.path(STORE).write_bytes(b"mine")
    with pytest.raises(BridgeError) as caught:
        check_store(host, Wish(store="other.db"))
    assert caught.value.code == "E-EXISTS"
    check_store(host, Wish())  # without one to bring, the old one is kept


def test_the_old_bridge_stops_and_its_unit_is_kept(host: FolderHost) -> None:
    host.path(OLD_UNIT).write_text("[Unit]\n", encoding="utf-8")
    install(host, Wish(replace_old=True), quiet)
    assert host.ran.index(("systemctl", "disable", "--now", OLD_NAME)) < host.ran.index(
        ("systemctl", "restart", NAME)
    )
    assert host.path(OLD_KEPT).read_text(encoding="utf-8") == "[Unit]\n"
    assert not host.exists(OLD_UNIT)
    assert f"Alias={OLD_NAME}" in host.path(UNIT).read_text(encoding="utf-8")


def test_without_consent_the_old_unit_stays_and_keeps_its_name(host: FolderHost) -> None:
    host.path(OLD_UNIT).write_text("[Unit]\n", encoding="utf-8")
    install(host, Wish(), quiet)
    assert host.exists(OLD_UNIT)
    assert "Alias=" not in host.path(UNIT).read_text(encoding="utf-8")
    assert not any(OLD_NAME in command for command in host.ran)


def test_a_serial_line_needs_the_group_of_serial_ports(host: FolderHost) -> None:
    install(host, Wish(serial=True), quiet)
    assert ("usermod", "--append", "--groups", "dialout", "dlmslite") in host.ran
    assert "SupplementaryGroups=dialout" in host.path(UNIT).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("program", "root", "systemd", "code"),
    [
        ("/opt/dlmslite/bin/dlmslite-bridge", False, True, "E-NOT-ROOT"),
        ("/opt/dlmslite/bin/dlmslite-bridge", True, False, "E-NO-SYSTEMD"),
        ("/home/ana/venv/bin/dlmslite-bridge", True, True, "E-PROGRAM-PLACE"),
        ("/root/venv/bin/dlmslite-bridge", True, True, "E-PROGRAM-PLACE"),
    ],
)
def test_what_cannot_be_a_service_is_refused_with_the_command_that_helps(
    tmp_path: Path, program: str, root: bool, systemd: bool, code: str
) -> None:
    host = FolderHost(tmp_path / "machine", program)
    host.root_user, host.systemd = root, systemd
    with pytest.raises(BridgeError) as caught:
        check_host(host)
    assert caught.value.code == code
    assert caught.value.hint
    assert host.ran == []


def test_a_step_that_fails_ends_it_and_says_which(host: FolderHost) -> None:
    host.fails = lambda command: command[0] == "useradd"
    with pytest.raises(BridgeError, match="useradd"):
        install(host, Wish(), quiet)
    assert not host.exists(UNIT)


def test_the_service_is_asked_for_its_health(host: FolderHost) -> None:
    assert health(host) == "overall  ok\n"
    assert host.ran == [(str(host.program()), "--config", CONFIGURATION, "health")]


def test_uninstalling_takes_the_unit_and_leaves_the_rest(host: FolderHost) -> None:
    install(host, Wish(), quiet)
    host.ran.clear()
    uninstall(host, quiet)
    assert host.ran == [("systemctl", "disable", "--now", NAME), ("systemctl", "daemon-reload")]
    assert not host.exists(UNIT)
    assert host.exists(CONFIGURATION)
    with pytest.raises(BridgeError) as caught:
        uninstall(host, quiet)
    assert caught.value.code == "E-NOT-INSTALLED"
