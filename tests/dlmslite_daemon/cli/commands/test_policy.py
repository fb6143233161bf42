"""``policy list|set``: numbers with their source, written as in TOML."""

from __future__ import annotations

from typing import Any

import click
import pytest
from rig.bridge import Bridge
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.commands.policy import parse_policies


def test_numbers_are_set_for_all_meters_and_listed(shell: Shell, daemon: Bridge) -> None:
    said = shell("policy", "set", "breaker.limit=5", "busy.waits=[5, 10]")
    assert (said.code, said.err) == (0, "")
    assert [line.split() for line in said.out.splitlines()][1:] == [
        ["breaker.limit", "5", "operator"],
        ["busy.waits", "[5.0,", "10.0]", "operator"],
    ]
    listed = shell("policy", "list", "--json").json["settings"]
    assert {"breaker.limit", "credentials.refusals"} <= {knob["name"] for knob in listed}
    assert daemon.store.audit()[0].action == "policies.set"
    shell("policy", "set", "breaker.limit=")
    assert "policies.breaker" not in daemon.store.settings("policies.")


def test_a_meter_shows_its_own_numbers(shell: Shell, daemon: Bridge) -> None:
    assert shell("meter", "set", "kitchen", "--policy", "breaker.limit=3").code == 0
    said = shell("policy", "list", "kitchen")
    assert "its line has not come to it yet" in said.out
    assert ["breaker.limit", "3", "meter"] in [line.split() for line in said.out.splitlines()]
    assert daemon.store.meter("kitchen").settings.policies == {"breaker": {"limit": 3}}


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("brake.limit=5",), 2, "breaker"),
        (("breaker.limits=5",), 2, "limit"),
        (("breaker.limit=many",), 2, "whole number"),
        (("breaker=5",), 2, "NAME.KEY=VALUE"),
    ],
)
def test_an_unknown_name_is_refused_with_what_there_is(
    shell: Shell, words: tuple[str, ...], code: int, said: str
) -> None:
    answer = shell("policy", "set", *words)
    assert answer.code == code
    assert said in answer.err


@pytest.mark.usefixtures("daemon")
def test_an_unknown_meter_has_no_policies(shell: Shell) -> None:
    assert shell("policy", "list", "attic").code == 3


@pytest.mark.parametrize(
    ("text", "value"),
    [("a.b=5", 5), ("a.b = 0.5", 0.5), ("a.b=true", True), ("a.b=", None), ("a.b=word", "word")],
)
def test_a_value_is_written_as_in_toml(text: str, value: Any) -> None:
    assert parse_policies([text]) == {"a": {"b": value}}


@pytest.mark.parametrize("text", ["", "a", "a.b", ".b=1", "a.=1"])
def test_what_is_no_number_of_a_policy_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError):
        parse_policies([text])
