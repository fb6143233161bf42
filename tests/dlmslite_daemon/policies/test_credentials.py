"""Never more than two refused proofs, by whatever path, across restarts."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    Action,
    Forced,
    ProofAccepted,
    ProofLost,
    ProofRefused,
    ProofSent,
    Subject,
)
from dlmslite_daemon.policies.credentials import CredentialGuard, CredentialSettings, guard_key

SETTINGS = CredentialSettings()
REFUSED = ProofRefused("authentication-failure (13)")


def fresh() -> CredentialGuard:
    return SETTINGS.policy(Subject("x"), 0.0)


def refused_once(guard: CredentialGuard) -> CredentialGuard:
    return guard.learn(ProofSent(), 0.0).learn(REFUSED, 0.0)


def test_two_refusals_in_a_row_close_it() -> None:
    once = refused_once(fresh())
    assert once.may_try(0).action is Action.TRY
    assert once.conditions(0) == ()
    twice = refused_once(once)
    verdict = twice.may_try(1e9)
    assert verdict.action is Action.STOP
    assert "authentication-failure (13)" in verdict.reason
    assert [c.code for c in twice.conditions(0)] == ["credentials_refused"]


def test_an_acceptance_between_begins_the_row_anew() -> None:
    guard = refused_once(fresh()).learn(ProofSent(), 0).learn(ProofAccepted(), 0)
    assert refused_once(guard).may_try(0).action is Action.TRY


def test_a_proof_whose_answer_is_out_counts_as_if_refused() -> None:
    guard = refused_once(fresh()).learn(ProofSent(), 0.0)
    verdict = guard.may_try(5.0)
    assert verdict.action is Action.WAIT
    assert verdict.not_before > 5.0
    assert guard.learn(ProofLost(), 6.0).may_try(6.0).action is Action.TRY


def test_an_operator_forces_one_try_and_no_more() -> None:
    guard = refused_once(refused_once(fresh())).learn(Forced(), 0.0)
    assert guard.may_try(0).action is Action.TRY
    guard = guard.learn(ProofSent(), 0.0)
    assert guard.may_try(0).action is Action.STOP
    assert guard.learn(REFUSED, 1.0).may_try(1.0).action is Action.STOP
    assert guard.learn(ProofAccepted(), 1.0).may_try(1.0).action is Action.TRY


def test_it_survives_a_restart_closed() -> None:
    text = refused_once(refused_once(fresh())).text()
    guard = CredentialGuard.restored(SETTINGS, text)
    assert guard.closed
    assert guard.may_try(0).action is Action.STOP
    assert "13" in guard.conditions(0)[0].message


def test_a_forced_try_does_not_survive_a_restart() -> None:
    forced = refused_once(refused_once(fresh())).learn(Forced(), 0)
    assert CredentialGuard.restored(SETTINGS, forced.text()).may_try(0).action is Action.STOP


def test_nothing_stored_is_a_fresh_guard_and_nonsense_is_refused() -> None:
    assert CredentialGuard.restored(SETTINGS, None) == fresh()
    for text in ("{}", "[]", "no json", '{"refused": "x", "diagnostic": ""}', "5"):
        with pytest.raises(ValueError, match="no state of a credential guard"):
            CredentialGuard.restored(SETTINGS, text)


def test_any_part_makes_another_guard() -> None:
    keys = {
        guard_key("10.0.0.5:3333", 1, 1, "aa"),
        guard_key("10.0.0.6:3333", 1, 1, "aa"),
        guard_key("10.0.0.5:3333", 17, 1, "aa"),
        guard_key("10.0.0.5:3333", 1, 2, "aa"),
        guard_key("10.0.0.5:3333", 1, 1, "bb"),
    }
    assert len(keys) == 5
    assert guard_key("10.0.0.5:3333", 1, 1, "aa") in keys


@pytest.mark.parametrize("refusals", [0, 3, -1])
def test_a_meter_that_locks_after_three_is_never_tried_three_times(refusals: int) -> None:
    with pytest.raises(ConfigError):
        CredentialSettings(refusals=refusals)


class Paths(RuleBasedStateMachine):
    """Polls, tests and probes that all ask the guard; a meter that refuses; restarts between."""

    def __init__(self) -> None:
        super().__init__()
        self.guard = fresh()
        self.under_way = 0
        self.refused_in_a_row = 0
        self.forced = 0

    @rule()
    def a_path_asks_and_sends(self) -> None:
        if self.guard.may_try(0.0).action is Action.TRY:
            self.guard = self.guard.learn(ProofSent(), 0.0)
            self.under_way += 1

    @precondition(lambda self: self.under_way)
    @rule(answer=st.sampled_from([REFUSED, REFUSED, ProofLost(), ProofAccepted()]))
    def an_answer_comes(self, answer: object) -> None:
        self.under_way -= 1
        self.guard = self.guard.learn(answer, 0.0)  # type: ignore[arg-type]  # all are events
        if answer is REFUSED:
            self.refused_in_a_row += 1
        elif isinstance(answer, ProofAccepted):
            self.refused_in_a_row = self.forced = 0

    @rule()
    def an_operator_forces(self) -> None:
        self.guard = self.guard.learn(Forced(), 0.0)
        self.forced += 1

    @precondition(lambda self: not self.under_way)
    @rule()
    def the_daemon_restarts(self) -> None:
        self.guard = CredentialGuard.restored(SETTINGS, self.guard.text())

    @invariant()
    def refusals_never_pass_two_but_by_an_operators_word(self) -> None:
        assert self.refused_in_a_row <= 2 + self.forced
        assert self.guard.refused == self.refused_in_a_row


TestPaths = Paths.TestCase
TestPaths.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
