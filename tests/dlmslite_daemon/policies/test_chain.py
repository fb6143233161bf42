"""The strictest verdict and the harshest demand win."""

from __future__ import annotations

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    Demand,
    Event,
    Forced,
    Policy,
    Verdict,
)
from dlmslite_daemon.policies.chain import Chain

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
