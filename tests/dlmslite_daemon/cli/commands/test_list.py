"""``list``."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.api.page.screens.fleet import is_bad
from dlmslite_daemon.cli.commands import list as module
from dlmslite_daemon.cli.output import console
from dlmslite_daemon.engine.health import Fault, Observed


def test_each_meter_is_a_line(shell: Shell, daemon: Bridge) -> None:
    said = shell("list")
    assert said.code == 0
    head, row = said.out.splitlines()
    assert head.split()[:5] == ["id", "name", "line", "desired", "observed"]
    assert row.split()[:5] == ["1", "kitchen", "192.0.2.7:3333", "running", "online"]
    assert row.split()[5:] == ["-", "90.0%", "0", "0"]


def test_json_is_the_answer_of_the_api(shell: Shell, daemon: Bridge) -> None:
    answer = shell("list", "--json").json
    assert (answer["count"], answer["meters"][0]["name"]) == (1, "kitchen")


def test_bad_shows_those_that_need_a_look(shell: Shell, daemon: Bridge) -> None:
    assert shell("list", "--bad").out == "every meter is well\n"
    daemon.fault = Fault("E-LINE-REFUSED", "nobody listens")
    assert "kitchen" in shell("list", "--bad").out


def test_what_needs_a_look_is_the_same_as_on_the_page() -> None:
    states = {state.value for state in Observed}
    seen = {state: {"observed": state, "alarms": 0} for state in states}
    assert states - module._FINE == {state for state in states if is_bad(seen[state])}


def test_an_empty_fleet_says_what_to_do(shell: Shell, daemon: Bridge) -> None:
    daemon.store.remove_meter("kitchen")
    assert "meter add" in shell("list").out


def test_watch_shows_it_until_somebody_interrupts(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "watched", lambda draw: console().print(draw()))
    assert "kitchen" in shell("list", "--watch").out
    assert "every meter is well" in shell("list", "--watch", "--bad").out
