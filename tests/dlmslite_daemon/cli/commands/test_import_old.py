"""``import-old``: what is taken over, beside what the old service really used."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.old_database import OldDatabase


@pytest.fixture
def old(tmp_path: Path) -> str:
    old = OldDatabase(tmp_path / "admin.db")
    old.meter(4, "m4", password="PLANTED1", client_id=16).five(4).alarm(4, "No heartbeat")
    old.meter(5, "m5", tb_port=1883, tb_token="PLANTED2").config(5, "power_factor")
    return str(old.path)


def test_the_stored_pair_stands_beside_the_one_that_was_used(
    shell: Shell, daemon: Bridge, old: str
) -> None:
    said = shell("import-old", old)
    assert said.code == 0
    assert "client 16, server 1, a password is stored" in said.out
    assert "client 1, physical 1, its own password" in said.out
    assert "resume begins with one association" in said.out
    assert "api.legacy_read = true" in said.out
    assert "sink legacy: legacy at localhost:1884 for m4" in said.out
    assert "power_factor is switched off" in said.out
    assert "PLANTED" not in said.out + said.err
    assert [record.id for record in daemon.store.meters()] == [1, 4, 5]


def test_a_dry_run_of_one_meter(shell: Shell, daemon: Bridge, old: str) -> None:
    said = shell("import-old", old, "--only", "5", "--dry-run", "--json")
    assert said.code == 0
    assert (said.json["applied"], [one["name"] for one in said.json["meters"]]) == (False, ["m5"])
    assert "PLANTED" not in said.out
    assert len(daemon.store.meters()) == 1
    assert "nothing was applied" in shell("import-old", old, "--dry-run").out


def test_what_cannot_be_taken_over_is_exit_code_1(
    shell: Shell, daemon: Bridge, tmp_path: Path
) -> None:
    del daemon
    bad = OldDatabase(tmp_path / "bad.db").meter(3, "m3", port="x").path
    said = shell("import-old", str(bad))
    assert said.code == 1
    assert "old meter 3 is left out, port: 'x' is not 1 to 65535" in said.out


def test_no_such_meter_is_3_and_no_such_file_1(shell: Shell, daemon: Bridge, old: str) -> None:
    del daemon
    assert shell("import-old", old, "--only", "99").code == 3
    said = shell("import-old", "none.db", "--json")
    assert (said.code, said.json["error"]["code"]) == (1, "E-OLD-BRIDGE")


def test_without_a_daemon_it_is_4(shell: Shell, old: str) -> None:
    assert shell("import-old", old).code == 4
