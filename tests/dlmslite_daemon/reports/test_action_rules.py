"""The table of what to do: whole, runnable, and never a power cycle for want of a cause."""

from __future__ import annotations

import re

import click
import pytest

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.cli.main import cli
from dlmslite_daemon.reports.action_rules import RULES, UNCOMMISSIONED, UNDIAGNOSED
from dlmslite_daemon.reports.rule import Rule, Scope

EVERY = [*RULES.values(), UNDIAGNOSED, UNCOMMISSIONED]
NAMES = {"meter": "kitchen", "sink": "tb", "line": "tcp://h:1"}


def test_every_cause_but_ok_has_its_rule() -> None:
    assert set(RULES) == set(Cause) - {Cause.OK}


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_is_whole(rule: Rule) -> None:
    assert rule.steps
    assert 0 < rule.minutes[0] <= rule.minutes[1]
    assert rule.verify.startswith("dlmslite-bridge ")
    for text in (*rule.steps, rule.verify):
        assert "{" not in text.format(**NAMES)
    if rule.scope is Scope.SINK:
        assert "{sink}" in rule.verify


@pytest.mark.parametrize("rule", [RULES[Cause.UNKNOWN], UNDIAGNOSED])
def test_an_unknown_cause_asks_for_evidence_and_never_for_a_power_cycle(rule: Rule) -> None:
    text = " ".join(rule.steps).lower()
    assert "diagnose" in text
    assert not re.search(r"power|reboot|restart|switch|unplug|reset", text)


def test_nobody_is_told_to_try_a_list_of_passwords() -> None:
    for cause in (Cause.WRONG_PASSWORD, Cause.CREDENTIAL_GUARDED):
        assert "one try only" in " ".join(RULES[cause].steps)


def commands() -> list[str]:
    """Every command that some rule tells to type, up to the sentence around it."""
    texts = [text for rule in EVERY for text in (*rule.steps, rule.verify)]
    found = {match for text in texts for match in re.findall(r"dlmslite-bridge [^,;:]+", text)}
    return sorted(found)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_a_verb_with_these_options(command: str) -> None:
    words = command.split()[1:]
    verb: click.Command = cli
    context = click.Context(verb)
    while isinstance(verb, click.Group):
        inner = verb.get_command(context, words[0])
        assert inner is not None, f"{command}: there is no {words[0]}"
        verb, words = inner, words[1:]
    known = {option for parameter in verb.params for option in parameter.opts}
    given = {word for word in words if word.startswith("--")}
    assert given <= known, command
