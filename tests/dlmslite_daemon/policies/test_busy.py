"""Somebody else has the device: wait 35 s, then 180 s, alarm after 10 min, and no failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.backoff import RecoverySettings
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    AssociationFailed,
    AssociationOpened,
    ConnectFailed,
    Forced,
    Occupied,
    PollFinished,
    Released,
    SessionLost,
    Subject,
)
from dlmslite_daemon.policies.breaker import BreakerSettings, BreakerState
from dlmslite_daemon.policies.busy import Busy, BusySettings

TAKEN = Occupied("Port already in use")
ENDINGS = st.sampled_from(
    [AssociationOpened(), ConnectFailed("refused"), AssociationFailed("no"), SessionLost("cut")]
)


def fresh(**settings: object) -> Busy:
    return BusySettings(**settings).policy(Subject("x"), 0.0)


def test_the_first_wait_is_35_s_and_every_other_180_s() -> None:
    busy, now = fresh(), 100.0
    for wait in (35.0, 180.0, 180.0, 180.0):
        assert busy.may_try(now) == YES
        busy = busy.learn(TAKEN, now)
        verdict = busy.may_try(now + wait - 0.1)
        assert (verdict.action, verdict.not_before) == (Action.WAIT, now + wait)
        assert (verdict.policy, verdict.reason) == ("busy", "Port already in use")
        now += wait


def test_an_alarm_comes_after_ten_minutes_and_goes_with_the_association() -> None:
    busy = fresh().learn(TAKEN, 100.0).learn(TAKEN, 400.0)
    assert busy.conditions(699.9) == ()
    (condition,) = busy.conditions(700.0)
    assert condition.code == "line_busy"
    assert "Port already in use" in condition.message
    assert busy.learn(AssociationOpened(), 701.0).conditions(9999.0) == ()


def test_neither_breaker_nor_recovery_counts_it() -> None:
    breaker = BreakerSettings(limit=1).policy(Subject("x"), 0.0)
    recovery = RecoverySettings().policy(Subject("x"), 0.0)
    assert breaker.learn(TAKEN, 1.0).state is BreakerState.CLOSED
    assert recovery.learn(TAKEN, 1.0) == recovery


def test_a_silence_is_another_session_only_while_the_device_may_keep_one() -> None:
    busy = fresh()
    assert not busy.explains_silence(0.0)
    lost = busy.learn(SessionLost("cut"), 1000.0)
    assert lost.explains_silence(1179.0)
    assert not lost.explains_silence(1180.0)
    # What we released ourselves is no session that stands.
    assert not lost.learn(Released(), 1001.0).explains_silence(1002.0)


def test_an_operator_may_force_a_try() -> None:
    busy = fresh().learn(TAKEN, 0.0).learn(Forced(), 1.0)
    assert busy.may_try(1.0) == YES
    assert busy.occupied


@given(
    times=st.integers(1, 12),
    ending=ENDINGS,
    waits=st.lists(st.floats(1.0, 500.0), min_size=1, max_size=4),
)
def test_whatever_ends_it_begins_the_waits_anew(
    times: int, ending: AssociationOpened, waits: list[float]
) -> None:
    busy, now = fresh(waits=tuple(waits)), 0.0
    for number in range(times):
        busy = busy.learn(TAKEN, now)
        expected = waits[min(number, len(waits) - 1)]
        assert busy.not_before == now + expected
        now = busy.not_before
    busy = busy.learn(ending, now)
    assert busy.may_try(now) == YES
    assert not busy.occupied
    assert busy.learn(TAKEN, now).not_before == now + waits[0]


def test_other_settings_leave_what_was_learnt() -> None:
    busy = fresh().learn(TAKEN, 0.0)
    tuned = busy.retuned(fresh(waits=(5.0,)))
    assert tuned.not_before == 35.0
    assert tuned.learn(TAKEN, 35.0).not_before == 40.0
    assert tuned.shown(5.0) == {"occupied": True, "times": 1, "for": 5.0, "waits": 30.0}


def test_a_poll_teaches_it_nothing() -> None:
    busy = fresh().learn(TAKEN, 0.0)
    assert busy.learn(PollFinished(1, 1), 1.0) is busy


@pytest.mark.parametrize(
    ("field", "value"), [("waits", ()), ("waits", (0.0,)), ("alarm_after", 0.0), ("kept", -1.0)]
)
def test_settings_without_sense_are_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigError) as refused:
        BusySettings(**{field: value})
    assert refused.value.key == field
