"""``scan``."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import Bridge
from rig.bridge_shell import Shell
from rig.doctor import METER

from dlmslite_daemon.engine.scan import Scanned, Wanted


def test_who_is_found_is_shown(shell: Shell, daemon: Bridge) -> None:
    said = shell("scan", "127.0.0.0/24", "127.0.1.7", "--port", "3333", "--port", "4059")

    assert said.code == 0
    assert "127.0.0.9:3333  meter  1       MS1234  let in" in said.out
    assert "254 of 254" in said.err
    assert daemon.scout.calls == [
        Wanted(networks=("127.0.0.0/24", "127.0.1.7"), ports=(3333, 4059))
    ]


def test_the_meter_that_was_looked_for_comes_with_the_next_command(
    shell: Shell, daemon: Bridge
) -> None:
    daemon.scout.scanned = Scanned(found=(METER,), places=9, seconds=2.0, match=METER)
    said = shell("scan", "127.0.0.0/24", "--serial", "MS1234", "--hdlc")

    assert said.code == 0
    assert "MS1234 is at tcp+hdlc://127.0.0.9:3333, server 1" in said.out
    assert "→ dlmslite-bridge meter set METER --host 127.0.0.9 --port 3333" in said.out
    assert daemon.scout.calls[0].wrapper is False


def test_a_meter_of_ours_is_named_and_not_set_anew(shell: Shell, daemon: Bridge) -> None:
    ours = evolve(METER, state="skipped", meter="kitchen")
    daemon.scout.scanned = Scanned(found=(ours,), places=9, seconds=2.0, match=ours)
    said = shell("scan", "127.0.0.0/24", "--serial", "MS1234")

    assert said.code == 0
    assert "  it is kitchen, and set up so\n  → dlmslite-bridge test kitchen\n" in said.out
    assert "meter set" not in said.out


def test_nobody_is_exit_code_1(shell: Shell, daemon: Bridge) -> None:
    daemon.scout.scanned = Scanned(found=(), places=254, seconds=63.0)
    said = shell("scan", "127.0.0.0/24")

    assert (said.code, said.out) == (1, "nobody answers at 254 places\n")


def test_another_meter_than_the_one_looked_for_is_exit_code_1(shell: Shell, daemon: Bridge) -> None:
    assert shell("scan", "127.0.0.0/24", "--serial", "MS9999", "--json").code == 1


def test_a_range_that_is_none_is_an_error(shell: Shell, daemon: Bridge) -> None:
    said = shell("scan", "kitchen")

    assert said.code == 2
    assert "E-CONFIG: networks: 'kitchen' is no range of addresses" in said.err
