"""Silence is 10 min or 5 intervals; it tears down once each time, and holds one alarm."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    ConnectFailed,
    Demand,
    Demanded,
    Paused,
    PollFinished,
    Resumed,
    Subject,
)
from dlmslite_daemon.policies.silence import Silence, SilenceSettings

GOOD = PollFinished(5, 1)
TORN_DOWN = Demanded(Demand.RECONNECT)


def fresh(interval: float = 60.0, now: float = 0.0) -> Silence:
    return SilenceSettings().policy(Subject("kitchen", interval=interval), now)


@pytest.mark.parametrize(
    ("interval", "limit"), [(1.0, 600.0), (60.0, 600.0), (120.0, 600.0), (900.0, 4500.0)]
)
def test_the_longer_of_ten_minutes_and_five_intervals_counts(interval: float, limit: float) -> None:
    silence = fresh(interval)
    assert silence.demand(limit - 0.1) is Demand.NOTHING
    assert silence.conditions(limit - 0.1) == ()
    assert silence.demand(limit) is Demand.RECONNECT
    assert [c.code for c in silence.conditions(limit)] == ["silence"]


def test_one_alarm_from_silence_to_the_next_reading() -> None:
    silence = fresh().learn(TORN_DOWN, 600.0)
    assert silence.demand(601.0) is Demand.NOTHING
    assert silence.conditions(601.0)  # still silent
    silence = silence.learn(PollFinished(5, 0), 700.0)
    assert silence.conditions(700.0)
    silence = silence.learn(GOOD, 701.0)
    assert silence.conditions(701.0) == ()
    assert silence.demand(1300.9) is Demand.NOTHING
    assert silence.demand(1301.0) is Demand.RECONNECT


def test_it_tears_down_again_after_another_limit() -> None:
    silence = fresh().learn(TORN_DOWN, 605.0)
    assert silence.demand(1204.9) is Demand.NOTHING
    assert silence.demand(1205.0) is Demand.RECONNECT


def test_a_paused_meter_is_not_silent() -> None:
    silence = fresh().learn(Paused(), 10.0)
    assert silence.demand(1e6) is Demand.NOTHING
    assert silence.conditions(1e6) == ()
    silence = silence.learn(Resumed(), 1e6)
    assert silence.demand(1e6 + 599) is Demand.NOTHING
    assert silence.demand(1e6 + 600) is Demand.RECONNECT


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"intervals": 0.5}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as caught:
        SilenceSettings(**wrong)
    assert caught.value.key in wrong


class Watch(RuleBasedStateMachine):
    """A supervisor that obeys at once, and a meter that speaks when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.silence = fresh()
        self.heard = 0.0
        self.acted: list[float] = []
        self.paused = False

    @rule(seconds=st.sampled_from([1.0, 59.0, 300.0, 600.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        if self.silence.demand(self.now) is Demand.RECONNECT:
            self.acted.append(self.now)
            self.silence = self.silence.learn(TORN_DOWN, self.now)

    @rule()
    def a_reading(self) -> None:
        self.silence = self.silence.learn(GOOD, self.now)
        self.heard = self.now

    @rule()
    def a_failure(self) -> None:
        self.silence = self.silence.learn(ConnectFailed(), self.now)

    @rule()
    def pause(self) -> None:
        self.silence = self.silence.learn(Paused(), self.now)
        self.paused = True

    @rule()
    def resume(self) -> None:
        self.silence = self.silence.learn(Resumed(), self.now)
        self.paused, self.heard = False, self.now

    @invariant()
    def the_alarm_holds_exactly_while_it_is_silent(self) -> None:
        silent = not self.paused and self.now - self.heard >= 600.0
        assert bool(self.silence.conditions(self.now)) is silent

    @invariant()
    def teardowns_are_at_least_a_limit_apart(self) -> None:
        pairs = zip(self.acted, self.acted[1:], strict=False)
        assert all(later - earlier >= 600.0 for earlier, later in pairs)


TestWatch = Watch.TestCase
TestWatch.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
