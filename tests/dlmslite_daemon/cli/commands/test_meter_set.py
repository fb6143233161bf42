"""``meter set|swap``: tried first, the old pair stays, identity is checked."""

from __future__ import annotations

from attrs import evolve
from rig.bridge import GOOD_TRIAL, Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.engine.acquaintance import SERIAL
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial


def test_a_new_pair_is_tried_and_saved(shell: Shell, daemon: Bridge) -> None:
    daemon.control.trial = evolve(
        GOOD_TRIAL, association="PDU 1024", serial="A1", poll_seconds=2.0, opening_seconds=0.5
    )
    words = ("--client", "32", "--password-file", "-", "--every", "4")
    said = shell("meter", "set", "kitchen", *words, stdin="hunter2\n")
    assert said.code == 0
    assert said.out.splitlines() == [
        "associated: PDU 1024",
        "serial number: A1",
        "a poll takes 2 s; the line 192.0.2.7:3333 is taken 50%",
        "kitchen is changed",
    ]
    assert said.err.startswith("W-INTERVAL")
    settings = daemon.store.meter("kitchen").settings
    assert (settings.client, settings.auth.value, settings.password) == (32, "lls", "sealed:7")


def test_a_refused_pair_leaves_the_old_one(shell: Shell, daemon: Bridge) -> None:
    daemon.control.trial = Trial(
        False, 1.0, fault=Fault("E-METER-CREDENTIALS", "the password is wrong", "look at the label")
    )
    said = shell("meter", "set", "1", "--client", "32")
    assert said.code == 1
    assert said.out.splitlines() == [
        "E-METER-CREDENTIALS: the password is wrong",
        "  → look at the label",
        "1 stays as it was",
    ]
    assert daemon.store.meter("kitchen").settings.client == 1
    said = shell("meter", "set", "1", "--client", "32", "--force", "--json")
    assert said.json["result"]["saved"]


def test_a_move_is_refused_where_another_meter_answers_and_a_swap_confirms_it(
    shell: Shell, daemon: Bridge
) -> None:
    daemon.store.note("kitchen", {SERIAL: "OLD"})
    daemon.control.trial = evolve(GOOD_TRIAL, serial="NEW")
    said = shell("meter", "set", "kitchen", "--host", "192.0.2.9")
    assert said.code == 1
    assert said.err.startswith("E-METER-IDENTITY")
    assert "192.0.2.7" in daemon.store.meter("kitchen").settings.url
    assert shell("meter", "swap", "kitchen", "--serial", "LABEL").code == 1
    said = shell("meter", "swap", "kitchen", "--serial", "NEW")
    assert said.out.splitlines()[-1] == "kitchen is NEW from now on, and was OLD"
    assert daemon.store.notebook("kitchen")[SERIAL] == "NEW"


def test_a_profile_and_policies_are_set(shell: Shell, daemon: Bridge) -> None:
    words = ("--profile", "microstar-single-phase", "--policy", "breaker.limit=5", "--no-battery")
    assert shell("meter", "set", "kitchen", *words).code == 0
    settings = daemon.store.meter("kitchen").settings
    assert (settings.pause, settings.profile) == (0.03, "microstar-single-phase")
    assert settings.policies == {"recovery": {"spacing": 10.0}, "breaker": {"limit": 5}}


def test_nothing_to_change_and_nobody_to_change_are_told(shell: Shell, daemon: Bridge) -> None:
    assert shell("meter", "set", "kitchen").code == 2
    assert shell("meter", "set", "kitchen", "--force").code == 2
    assert shell("meter", "set", "attic", "--every", "5").code == 3
    assert shell("meter", "swap", "attic").code == 3
    assert daemon.control.calls == []
