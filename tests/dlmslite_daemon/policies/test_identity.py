"""Another meter under a known address: an alarm, and nothing more until it is confirmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    Forced,
    IdentityKnown,
    PollFinished,
    Subject,
)
from dlmslite_daemon.policies.identity import Identity, IdentityRead, IdentitySettings

SERIALS = st.text("AB01", max_size=3)


def fresh(known: str = "", **settings: object) -> Identity:
    identity = IdentitySettings(**settings).policy(Subject("x"), 0.0)
    return identity.learn(IdentityKnown(known), 0.0)


def test_the_first_serial_number_becomes_the_known_one() -> None:
    identity = fresh().learn(IdentityRead("A1"), 1.0)
    assert (identity.known, identity.seen, identity.strange) == ("A1", "A1", False)
    assert identity.may_try(1.0) == YES
    assert identity.conditions(1.0) == ()


def test_another_one_raises_an_alarm_and_is_looked_at_again_in_ten_minutes() -> None:
    identity = fresh("A1").learn(IdentityRead("B2"), 100.0)
    assert identity.strange
    assert identity.known == "A1"
    (condition,) = identity.conditions(100.0)
    assert condition.code == "identity_changed"
    assert "B2 instead of A1" in condition.message
    verdict = identity.may_try(699.0)
    assert (verdict.action, verdict.not_before, verdict.policy) == (Action.WAIT, 700.0, "identity")
    assert identity.may_try(700.0) == YES
    assert identity.shown(699.0)["looks_again"] == 1.0
    assert identity.learn(IdentityRead("A1"), 700.0).conditions(700.0) == ()


def test_a_swap_makes_the_new_one_known_and_a_force_looks_at_once() -> None:
    strange = fresh("A1").learn(IdentityRead("B2"), 100.0)
    assert strange.learn(Forced(), 101.0).may_try(101.0) == YES
    assert strange.learn(Forced(), 101.0).strange
    swapped = strange.learn(IdentityKnown("B2"), 101.0)
    assert swapped.may_try(101.0) == YES
    assert not swapped.learn(IdentityRead("B2"), 102.0).strange


def test_what_says_who_it_is_is_learnt_with_it_and_later_for_what_was_known_without() -> None:
    identity = fresh().learn(IdentityRead("A1", "0.0.96.1.0.255"), 1.0)
    assert identity.source == "0.0.96.1.0.255"
    assert identity.learn(IdentityRead("A1", "other"), 2.0).source == "0.0.96.1.0.255"
    older = fresh("A1")
    assert older.learn(IdentityRead("A1", "0.0.96.1.0.255"), 1.0).source == "0.0.96.1.0.255"
    assert older.learn(IdentityRead("B2", "0.0.96.1.0.255"), 1.0).source == ""
    assert older.learn(IdentityKnown("B2", "x"), 1.0).source == "x"


def test_a_meter_that_tells_no_serial_number_is_not_strange() -> None:
    assert not fresh("A1").learn(IdentityRead(""), 1.0).strange


def test_the_check_may_be_switched_off() -> None:
    identity = fresh("A1", check=False).learn(IdentityRead("B2"), 1.0)
    assert identity.may_try(1.0) == YES
    assert identity.conditions(1.0) == ()
    assert identity.retuned(fresh()).strange


@given(known=SERIALS, reads=st.lists(SERIALS, max_size=6))
def test_who_is_known_changes_by_confirmation_alone(known: str, reads: list[str]) -> None:
    identity = fresh(known)
    told = [serial for serial in [known, *reads] if serial]
    for number, serial in enumerate(reads):
        identity = identity.learn(IdentityRead(serial), float(number))
        identity = identity.learn(PollFinished(1, 1), float(number))
        assert identity.known == (told[0] if told and (known or any(reads[: number + 1])) else "")
        assert identity.strange is bool(serial and serial != identity.known)


def test_a_wait_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        IdentitySettings(again=0.0)
    assert refused.value.key == "again"
