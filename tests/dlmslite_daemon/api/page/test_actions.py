"""Forms do what the routes do: the control is asked, the audit has it."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.page.actions import VERBS
from dlmslite_daemon.api.page.actions import test_sink as try_sink
from dlmslite_daemon.config.schema import SinkSettings

MARIA = Caller("maria", Role.OPERATOR)


@pytest.mark.parametrize(
    ("verb", "call", "action"),
    [
        ("pause", ("pause", "kitchen", None), "meter.pause"),
        ("resume", ("resume", "kitchen", False), "meter.resume"),
        ("force", ("resume", "kitchen", True), "meter.resume"),
        ("restart", ("restart", "kitchen"), "meter.restart"),
    ],
)
def test_a_verb_asks_the_control_and_is_audited(
    parts: Bridge, verb: str, call: tuple[object, ...], action: str
) -> None:
    assert VERBS[verb].run(parts.services, "kitchen", MARIA) is None
    assert parts.control.calls == [call]
    entry = parts.store.audit()[0]
    assert (entry.actor, entry.action, entry.target) == ("maria", action, "kitchen")


def test_whatever_stops_readings_or_risks_a_lock_is_asked_about() -> None:
    assert {verb.name for verb in VERBS.values() if verb.asks} == {"pause", "restart", "force"}


@pytest.mark.parametrize("verb", ["test", "diagnose"])
def test_a_slow_verb_is_an_operation(parts: Bridge, verb: str) -> None:
    assert VERBS[verb].slow
    number = VERBS[verb].run(parts.services, "kitchen", MARIA)
    assert number is not None
    assert parts.services.operations.get(number).verb == f"meter {verb}"
    assert parts.store.audit()[0].action == f"meter.{verb}"


def test_a_sink_is_tested_by_an_operation(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h", "port": 1}))
    number = try_sink(parts.services, "tb", MARIA)
    assert parts.services.operations.get(number).verb == "sink test"
    assert parts.store.audit()[0].action == "sink.test"
