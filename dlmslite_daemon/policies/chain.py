"""Several policies as one: the strictest verdict and the harshest demand win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self, TypeVar

from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    Demand,
    Event,
    Policy,
    PollingPolicy,
    Verdict,
)
from dlmslite_daemon.reading import Reading

P = TypeVar("P", bound=PollingPolicy)

_STRICTNESS = {Action.TRY: 0, Action.PROBE: 1, Action.WAIT: 2, Action.STOP: 3}


@frozen
class Chain(Policy):
    """Policies that are asked, taught and obeyed together.

    Attributes:
        policies: In the order in which their conditions are listed; it decides nothing else.
    """

    policies: tuple[PollingPolicy, ...]

    def may_try(self, now: float) -> Verdict:
        """The strictest verdict; of several that wait, the one that waits longest."""
        strictest = YES
        for policy in self.policies:
            verdict = policy.may_try(now)
            if _rank(verdict) > _rank(strictest):
                strictest = verdict
        return strictest

    def learn(self, event: Event, now: float) -> Self:
        """Teach every policy."""
        return evolve(self, policies=tuple(policy.learn(event, now) for policy in self.policies))

    def demand(self, now: float) -> Demand:
        """The harshest demand."""
        return max((policy.demand(now) for policy in self.policies), default=Demand.NOTHING)

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """Those of all policies."""
        return tuple(c for policy in self.policies for c in policy.conditions(now))

    def judge(self, readings: Sequence[Reading], obis: Mapping[str, str]) -> tuple[Reading, ...]:
        """Let every policy mark what it doubts."""
        judged = tuple(readings)
        for policy in self.policies:
            judged = policy.judge(judged, obis)
        return judged

    def retuned(self, fresh: Chain) -> Self:
        """The policies of a chain just made, with what those of the same kind learnt here."""
        known = {type(policy): policy for policy in self.policies}
        kept = (
            known[type(new)].retuned(new) if type(new) in known else new for new in fresh.policies
        )
        return evolve(self, policies=tuple(kept))

    def find(self, kind: type[P]) -> P | None:
        """The first policy of a kind, for status pages; None if there is none."""
        for policy in self.policies:
            if isinstance(policy, kind):
                return policy
        return None


def _rank(verdict: Verdict) -> tuple[int, float]:
    return _STRICTNESS[verdict.action], verdict.not_before
