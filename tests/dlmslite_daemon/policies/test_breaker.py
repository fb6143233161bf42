"""The breaker opens at the 10th failure of an hour, and lets one probe through every 5 min."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    Action,
    AssociationFailed,
    AssociationOpened,
    AttemptStarted,
    ConnectFailed,
    Event,
    Forced,
    Paused,
    PollFinished,
    Probed,
    Released,
    Resumed,
    SessionLost,
    Subject,
)
from dlmslite_daemon.policies.breaker import Breaker, BreakerSettings, BreakerState

REFUSED = ConnectFailed("refused")
SILENT = AssociationFailed("no answer")
LOST = SessionLost("reset")


def fresh(**settings_: object) -> Breaker:
    return BreakerSettings(**settings_).policy(Subject("x"), 0.0)


def opened(failure: Event = SILENT, **settings_: object) -> Breaker:
    """A breaker that opened at 900 s."""
    breaker = fresh(**settings_)
    for n in range(10):
        breaker = breaker.learn(failure, n * 100.0)
    return breaker


@pytest.mark.parametrize("failure", [REFUSED, SILENT, LOST])
def test_the_tenth_failure_opens_it_for_five_minutes(failure: Event) -> None:
    breaker = fresh()
    for n in range(9):
        breaker = breaker.learn(failure, float(n))
    assert breaker.state is BreakerState.CLOSED
    assert breaker.conditions(9.0) == ()
    breaker = breaker.learn(failure, 9.0)
    assert (breaker.state, breaker.open_until) == (BreakerState.OPEN, 309.0)
    assert [c.code for c in breaker.conditions(9.0)] == ["breaker_open"]


def test_failures_older_than_an_hour_do_not_count() -> None:
    breaker = fresh()
    for n in range(9):
        breaker = breaker.learn(SILENT, float(n))
    assert breaker.count(3599.9) == 9
    breaker = breaker.learn(SILENT, 3600.0)  # the first is an hour old
    assert (breaker.state, breaker.count(3600.0)) == (BreakerState.CLOSED, 9)
    assert breaker.learn(SILENT, 3600.5).state is BreakerState.OPEN


def test_what_we_or_an_operator_do_is_not_counted() -> None:
    breaker = fresh()
    for n in range(50):
        for event in (AttemptStarted(), AssociationOpened(), PollFinished(5, 5), Released()):
            breaker = breaker.learn(event, float(n))
        for event in (Paused(), Resumed(), Forced(), AssociationOpened()):
            breaker = breaker.learn(event, float(n))
    assert (breaker.count(50.0), breaker.state) == (0, BreakerState.CLOSED)


def test_one_probe_after_the_pause_and_its_values_close_it() -> None:
    breaker = opened()
    verdict = breaker.may_try(901.0)
    assert (verdict.action, verdict.not_before) == (Action.WAIT, 1200.0)
    assert breaker.next_probe == 1200.0
    assert breaker.may_try(1200.0).action is Action.TRY
    breaker = breaker.learn(AttemptStarted(), 1200.0)
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.conditions(1200.0)  # not cleared before it succeeded
    assert breaker.learn(AssociationOpened(), 1201.0).state is BreakerState.HALF_OPEN
    breaker = breaker.learn(PollFinished(5, 4), 1202.0)
    assert (breaker.state, breaker.failures) == (BreakerState.CLOSED, ())
    assert (breaker.conditions(1202.0), breaker.next_probe) == ((), None)


@pytest.mark.parametrize("failure", [REFUSED, SILENT, LOST, PollFinished(5, 0)])
def test_a_failed_probe_opens_it_again_for_as_long(failure: Event) -> None:
    breaker = opened().learn(AttemptStarted(), 1200.0).learn(failure, 1210.0)
    assert (breaker.state, breaker.open_until) == (BreakerState.OPEN, 1510.0)
    again = breaker.learn(AttemptStarted(), 1510.0).learn(failure, 1520.0)
    assert again.open_until == 1820.0


def test_the_pause_doubles_up_to_a_limit_when_that_is_set() -> None:
    breaker, now, pauses = opened(pause_limit=1000.0), 900.0, []
    for _ in range(4):
        pauses.append(breaker.open_until - now)
        now = breaker.open_until
        breaker = breaker.learn(AttemptStarted(), now).learn(SILENT, now)
    assert pauses == [300.0, 600.0, 1000.0, 1000.0]
    closed = breaker.learn(AttemptStarted(), 9e4).learn(PollFinished(1, 1), 9e4)
    assert closed.pause == 300.0


def test_while_unreachable_a_connect_each_minute_sends_nothing() -> None:
    breaker = opened(REFUSED)
    assert breaker.may_try(959.9).not_before == 960.0
    assert breaker.may_try(960.0).action is Action.PROBE
    breaker = breaker.learn(Probed(reached=False), 961.0)
    assert breaker.may_try(961.0).not_before == 1021.0
    assert breaker.may_try(1021.0).action is Action.PROBE
    # The poll follows at once when the connect was accepted.
    reached = breaker.learn(Probed(reached=True), 1022.0)
    assert reached.may_try(1022.0).action is Action.TRY
    assert reached.learn(AttemptStarted(), 1022.0).state is BreakerState.HALF_OPEN
    # And when the five minutes are over, whatever the connects said.
    assert breaker.may_try(1200.0).action is Action.TRY


def test_a_meter_that_accepts_and_is_silent_is_not_probed_by_connects() -> None:
    breaker = opened(SILENT)
    assert breaker.may_try(1100.0).action is Action.WAIT
    refused = breaker.learn(AttemptStarted(), 1200.0).learn(ConnectFailed("banner", False), 1201.0)
    assert refused.may_try(1300.0).action is Action.WAIT


def test_an_operator_forces_the_probe() -> None:
    breaker = opened().learn(Forced(), 950.0)
    assert breaker.may_try(950.0).action is Action.TRY
    assert breaker.learn(AttemptStarted(), 950.0).state is BreakerState.HALF_OPEN


def test_an_attempt_under_way_when_it_opened_does_not_prolong_the_pause() -> None:
    breaker = opened().learn(SILENT, 905.0)
    assert breaker.open_until == 1200.0


def test_a_start_during_the_pause_is_no_probe() -> None:
    assert opened().learn(AttemptStarted(), 950.0).state is BreakerState.OPEN


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"window": 0.0}, {"pause": -1.0}, {"probe_every": 0.0}, {"pause_limit": 1.0}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        BreakerSettings(**wrong)
    assert caught.value.key in wrong


class Line(RuleBasedStateMachine):
    """A poller that obeys the breaker, and a meter that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.breaker = fresh()
        self.failed: list[float] = []
        self.since_open: float | None = None
        self.probes = 0

    @rule(seconds=st.sampled_from([0.5, 5.0, 60.0, 300.0, 1800.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        outcome=st.sampled_from(
            [
                REFUSED,
                SILENT,
                LOST,
                PollFinished(3, 3),
                PollFinished(3, 0),
            ]
        ),
        reached=st.booleans(),
    )
    def obey(self, outcome: Event, reached: bool) -> None:
        action = self.breaker.may_try(self.now).action
        state = self.breaker.state
        if action is Action.PROBE:
            assert state is BreakerState.OPEN
            self.breaker = self.breaker.learn(Probed(reached), self.now)
        elif action is Action.TRY:
            self.breaker = self.breaker.learn(AttemptStarted(), self.now)
            self.breaker = self.breaker.learn(outcome, self.now)
            if state is BreakerState.OPEN:
                closed = isinstance(outcome, PollFinished) and outcome.good > 0
                expected = BreakerState.CLOSED if closed else BreakerState.OPEN
                assert self.breaker.state is expected
                self.failed = [] if closed else self.failed
            if not isinstance(outcome, PollFinished):
                self.failed.append(self.now)

    @invariant()
    def it_is_open_exactly_when_the_hour_was_too_bad(self) -> None:
        recent = [t for t in self.failed if t > self.now - 3600.0]
        if self.breaker.state is BreakerState.CLOSED:
            assert len(recent) < 10
            assert self.breaker.may_try(self.now).action is Action.TRY
        assert self.breaker.state is not BreakerState.HALF_OPEN  # every attempt here has an end

    @invariant()
    def an_open_breaker_always_has_a_next_probe_within_its_pause(self) -> None:
        if self.breaker.state is BreakerState.OPEN:
            verdict = self.breaker.may_try(self.now)
            assert verdict.action is not Action.STOP
            assert self.breaker.next_probe is not None
            assert self.breaker.next_probe <= self.now + 300.0


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=50, stateful_step_count=60, deadline=None)
