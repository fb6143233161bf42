"""The shapes that every policy shares."""

from __future__ import annotations

import pytest

from dlmslite_daemon.policies.base import (
    POLICIES,
    YES,
    Action,
    Demand,
    Event,
    Forced,
    Policy,
    PollFinished,
    Subject,
)

NAMES = {
    "breaker",
    "connect_rate",
    "credentials",
    "deadline",
    "protocol_errors",
    "read_watchdog",
    "recovery",
    "silence",
}


def test_every_policy_of_this_slice_may_be_configured_by_its_name() -> None:
    assert {name for name, _ in POLICIES.items()} >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_policy_that_saw_nothing_lets_everything_through(name: str) -> None:
    settings = POLICIES.get(name)
    assert settings is not None
    policy = settings().policy(Subject("10.0.0.5:3333"), 100.0)
    assert policy.may_try(100.0).action is Action.TRY
    assert policy.demand(100.0) is Demand.NOTHING
    assert policy.conditions(100.0) == ()


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_policy_is_a_frozen_value_and_learns_nothing_from_a_strange_event(name: str) -> None:
    settings = POLICIES.get(name)
    assert settings is not None
    policy = settings().policy(Subject("10.0.0.5:3333"), 100.0)
    assert policy.learn(Event(), 101.0) == policy
    with pytest.raises(AttributeError):
        policy.anything = 1  # type: ignore[attr-defined]  # that is the test


def test_a_policy_with_nothing_to_say_says_yes() -> None:
    policy = Policy()
    assert policy.may_try(0) is YES
    assert policy.learn(Forced(), 0) is policy


@pytest.mark.parametrize(
    ("due", "good", "complete"), [(5, 5, True), (5, 4, False), (5, 0, False), (0, 0, False)]
)
def test_a_poll_is_complete_when_all_came(due: int, good: int, complete: bool) -> None:
    assert PollFinished(due, good).complete is complete


def test_the_harshest_demand_is_the_largest() -> None:
    assert sorted(Demand) == [
        Demand.NOTHING,
        Demand.RESYNCHRONISE,
        Demand.RELINK,
        Demand.RECONNECT,
    ]
