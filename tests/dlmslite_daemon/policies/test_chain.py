"""The strictest verdict and the harshest demand win."""

from __future__ import annotations

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.policies.backoff import Recovery, RecoverySettings
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    ConnectFailed,
    Demand,
    Event,
    Forced,
    Policy,
    Subject,
    Verdict,
)
from dlmslite_daemon.policies.breaker import Breaker, BreakerSettings
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.plausibility import PlausibilitySettings
from dlmslite_daemon.policies.silence import Silence, SilenceSettings
from dlmslite_daemon.reading import Quality, Reading, ValueKind

verdicts = st.sampled_from(
    [
        YES,
        Verdict(Action.PROBE),
        Verdict(Action.WAIT, 5.0),
        Verdict(Action.WAIT, 9.0),
        Verdict(Action.STOP),
    ]
)


@frozen
class Says(Policy):
    verdict: Verdict = YES
    wants: Demand = Demand.NOTHING
    learnt: int = 0

    def may_try(self, now: float) -> Verdict:
        return self.verdict

    def learn(self, event: Event, now: float) -> Says:
        return Says(self.verdict, self.wants, self.learnt + 1)

    def demand(self, now: float) -> Demand:
        return self.wants

    def conditions(self, now: float) -> tuple[Condition, ...]:
        return (Condition(self.verdict.action.value, ""),)


@frozen
class Other(Policy):
    pass


@given(said=st.lists(verdicts, max_size=5), wanted=st.lists(st.sampled_from(Demand), max_size=5))
def test_the_strictest_verdict_and_the_harshest_demand_win(
    said: list[Verdict], wanted: list[Demand]
) -> None:
    order = [YES, Verdict(Action.PROBE), Verdict(Action.WAIT, 5.0), Verdict(Action.WAIT, 9.0)]
    order.append(Verdict(Action.STOP))
    strictest = max(said, key=order.index, default=YES)
    assert Chain(tuple(Says(v) for v in said)).may_try(0) == strictest
    chain = Chain(tuple(Says(wants=d) for d in wanted))
    assert chain.demand(0) is max(wanted, default=Demand.NOTHING)


def test_all_are_taught_and_all_conditions_are_listed() -> None:
    chain = Chain((Says(), Other(), Says(Verdict(Action.STOP)))).learn(Forced(), 1.0)
    first, _, last = chain.policies
    assert isinstance(first, Says)
    assert isinstance(last, Says)
    assert (first.learnt, last.learnt) == (1, 1)
    assert [c.code for c in chain.conditions(0)] == ["try", "stop"]


def test_a_policy_is_found_by_its_kind() -> None:
    other = Other()
    assert Chain((Says(), other)).find(Other) is other
    assert Chain((Says(),)).find(Other) is None


def test_a_chain_of_other_settings_keeps_what_each_policy_learnt() -> None:
    subject = Subject("x")
    before = Chain(
        (RecoverySettings().policy(subject, 0.0), BreakerSettings().policy(subject, 0.0))
    )
    for n in range(3):
        before = before.learn(ConnectFailed("refused"), float(n))
    fresh = Chain(
        (
            BreakerSettings(limit=4).policy(subject, 9.0),
            SilenceSettings().policy(subject, 9.0),
            RecoverySettings(delays=(1.0,)).policy(subject, 9.0),
        )
    )
    tuned = before.retuned(fresh)
    breaker, recovery = tuned.find(Breaker), tuned.find(Recovery)
    assert breaker is not None
    assert recovery is not None
    assert (breaker.settings.limit, breaker.count(9.0)) == (4, 3)
    assert (recovery.settings.delays, recovery.failures) == ((1.0,), 3)
    assert tuned.find(Silence) is not None
    assert tuned.learn(ConnectFailed("refused"), 9.0).conditions(9.0) != ()


def test_readings_go_through_every_policy() -> None:
    reading = Reading("m", "v", 0, ValueKind.INTEGER, raw=9, unit="V")
    subject = Subject("x")
    chain = Chain(
        (
            PlausibilitySettings(bands={"V": (0.0, 8.0)}).policy(subject, 0.0),
            BreakerSettings().policy(subject, 0.0),
        )
    )
    (judged,) = chain.judge([reading], {"v": "1.1.32.7.0.255"})
    assert judged.quality is Quality.SUSPECT
