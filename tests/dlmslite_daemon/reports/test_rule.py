"""The form of a rule: its words are those that the old action plan and the commands know."""

from __future__ import annotations

from dlmslite_daemon.reports.rule import Horizon, Priority, Proof, Rule, Scope, Who


def test_the_horizons_are_the_keys_of_the_old_action_plan() -> None:
    assert [horizon.value for horizon in Horizon] == [
        "immediate_actions",
        "short_term_actions",
        "long_term_actions",
        "preventive_measures",
    ]


def test_priorities_stand_from_the_first_to_the_last() -> None:
    assert list(Priority) == ["CRITICAL", "HIGH", "MEDIUM", "LOW"]


def test_a_rule_ends_with_a_test_of_the_meter_and_leaves_the_rest_to_the_bridge() -> None:
    rule = Rule(
        Priority.LOW, Horizon.IMMEDIATE, Who.REMOTE, (5, 10), Scope.METER, Proof.READING, ("look",)
    )
    assert rule.verify == "dlmslite-bridge test {meter}"
    assert rule.automatic
