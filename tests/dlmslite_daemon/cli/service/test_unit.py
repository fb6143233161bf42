from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from rig.required import program

from dlmslite_daemon.cli.service.unit import NAME, OLD_NAME, Unit

KINDS = [Unit("/usr/bin/true"), Unit("/usr/bin/true", serial=True, replaces_old=True)]


def analyzed(folder: Path, unit: Unit, *words: str) -> subprocess.CompletedProcess[str]:
    path = folder / NAME
    path.write_text(unit.text(), encoding="utf-8")
    command = [program("systemd-analyze"), *words, str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("unit", KINDS)
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path, unit: Unit) -> None:
    verified = analyzed(tmp_path, unit, "verify", "--man=no")
    # systemd warns of other units of the machine too.
    assert NAME not in verified.stderr, verified.stderr
    assert verified.returncode == 0


@pytest.mark.parametrize("unit", KINDS)
def test_systemd_finds_it_hardened(tmp_path: Path, unit: Unit) -> None:
    security = analyzed(tmp_path, unit, "security", "--offline=true", "--no-pager")
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", security.stdout)
    assert level is not None, security.stderr
    assert float(level[1]) < 2.0, security.stdout


def test_the_old_name_is_claimed_only_where_its_unit_is_gone() -> None:
    assert f"Alias={OLD_NAME}" in Unit("/x", replaces_old=True).text()
    assert "Alias=" not in Unit("/x").text()


def test_only_a_serial_line_opens_devices() -> None:
    without, with_serial = Unit("/x").text(), Unit("/x", serial=True).text()
    assert "PrivateDevices=yes" in without
    assert "dialout" not in without
    assert "PrivateDevices=yes" not in with_serial
    assert "SupplementaryGroups=dialout" in with_serial
    assert "DeviceAllow=char-ttyUSB rw" in with_serial


def test_it_waits_reloads_and_is_watched() -> None:
    text = Unit("/opt/dlmslite/bin/dlmslite-bridge").text()
    for line in (
        "Type=notify",
        "WatchdogSec=60",
        "ExecStart=/opt/dlmslite/bin/dlmslite-bridge --config /etc/dlmslite/bridge.toml run",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "User=dlmslite",
        "ProtectSystem=strict",
        "StateDirectory=dlmslite",
    ):
        assert line in text.splitlines()
