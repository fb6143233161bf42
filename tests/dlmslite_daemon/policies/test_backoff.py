"""Recovery never ends, waits 2, 4, 8, 8 … s, and is reset by a complete good poll alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.backoff import Recovery, RecoverySettings, first_poll, spread
from dlmslite_daemon.policies.base import (
    Action,
    AssociationFailed,
    AssociationOpened,
    ConnectFailed,
    Disconnected,
    Event,
    Forced,
    PollFinished,
    SessionLost,
    Subject,
)

FAILURES = [ConnectFailed("refused"), AssociationFailed("silent"), SessionLost("reset")]


def fresh(key: str = "10.0.0.5:3333", **settings_: object) -> Recovery:
    return RecoverySettings(**settings_).policy(Subject(key), 0.0)


@pytest.mark.parametrize("failure", FAILURES)
def test_the_first_failure_is_treated_like_any_other(failure: Event) -> None:
    recovery = fresh(jitter=0.0).learn(failure, 100.0)
    verdict = recovery.may_try(100.0)
    assert (verdict.action, verdict.not_before) == (Action.WAIT, 102.0)
    assert failure.reason in verdict.reason  # type: ignore[attr-defined]  # all three have one
    assert recovery.may_try(102.0).action is Action.TRY


@given(key=st.text(max_size=20), failures=st.integers(1, 30))
def test_waits_are_2_4_8_8_within_20_percent(key: str, failures: int) -> None:
    recovery = fresh(key)
    for n in range(failures):
        recovery = recovery.learn(ConnectFailed(), 0.0)
        nominal = (2.0, 4.0, 8.0)[min(n, 2)]
        assert 0.8 * nominal <= recovery.not_before < 1.2 * nominal


def test_jitter_differs_between_meters_and_between_failures() -> None:
    waits = {
        fresh(f"10.0.0.{host}:3333", delays=(8.0,)).learn(ConnectFailed(), 0.0).not_before
        for host in range(100)
    }
    assert len(waits) == 100
    recovery, row = fresh(delays=(8.0,)), set()
    for _ in range(100):
        recovery = recovery.learn(ConnectFailed(), 0.0)
        row.add(recovery.not_before)
    assert len(row) == 100


def test_only_a_complete_good_poll_resets() -> None:
    recovery = fresh(jitter=0.0)
    for _ in range(5):
        recovery = recovery.learn(ConnectFailed(), 0.0)
    for nothing in (AssociationOpened(), PollFinished(5, 4), PollFinished(0, 0)):
        recovery = recovery.learn(nothing, 10.0)
        assert recovery.failures == 5
    recovery = recovery.learn(PollFinished(5, 5), 20.0)
    assert recovery.learn(ConnectFailed(), 30.0).not_before == 32.0


def test_an_endpoint_rests_after_a_close_even_when_an_operator_forces() -> None:
    recovery = fresh().learn(Disconnected(), 10.0).learn(Forced(), 10.5)
    verdict = recovery.may_try(10.5)
    assert (verdict.action, verdict.not_before) == (Action.WAIT, 12.0)
    assert recovery.may_try(12.0).action is Action.TRY


def test_the_longer_of_wait_and_rest_counts() -> None:
    recovery = fresh(jitter=0.0).learn(ConnectFailed(), 10.0).learn(Disconnected(), 11.5)
    assert recovery.may_try(11.5).not_before == 13.5
    assert recovery.may_try(13.4).action is Action.WAIT
    assert recovery.may_try(13.5).action is Action.TRY


def test_an_operator_ends_the_wait() -> None:
    recovery = fresh().learn(ConnectFailed(), 10.0).learn(Forced(), 10.1)
    assert recovery.may_try(10.1).action is Action.TRY


@given(meter=st.text(max_size=20), interval=st.floats(1, 86400))
def test_first_polls_lie_within_the_interval(meter: str, interval: float) -> None:
    assert 0 <= first_poll(meter, interval) < interval
    assert first_poll(meter, interval) == first_poll(meter, interval)


def test_first_polls_are_spread_evenly() -> None:
    slots = [int(first_poll(f"meter {n}", 10.0)) for n in range(1000)]
    assert all(60 <= slots.count(slot) <= 140 for slot in range(10))


def test_spread_is_below_one() -> None:
    assert all(0 <= spread("m", n) < 1 for n in range(1000))


@pytest.mark.parametrize(
    "wrong", [{"delays": ()}, {"delays": (0.0,)}, {"jitter": 1.0}, {"spacing": -1.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        RecoverySettings(**wrong)
    assert caught.value.key in wrong


class Life(RuleBasedStateMachine):
    """A meter that fails and comes back, on a clock that we turn."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.recovery = fresh()
        self.closed = float("-inf")

    @rule(seconds=st.floats(0, 30))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(event=st.sampled_from([*FAILURES, Forced(), PollFinished(2, 2), PollFinished(2, 1)]))
    def happens(self, event: Event) -> None:
        self.recovery = self.recovery.learn(event, self.now)

    @rule()
    def closes(self) -> None:
        self.closed = self.now
        self.recovery = self.recovery.learn(Disconnected(), self.now)

    @invariant()
    def it_never_ends_and_never_hurries(self) -> None:
        verdict = self.recovery.may_try(self.now)
        assert verdict.action in {Action.TRY, Action.WAIT}
        if verdict.action is Action.WAIT:
            assert self.now < verdict.not_before <= self.now + 8 * 1.2
            assert self.recovery.may_try(verdict.not_before + 2.0).action is Action.TRY
        else:
            assert self.now >= self.closed + 2.0


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
