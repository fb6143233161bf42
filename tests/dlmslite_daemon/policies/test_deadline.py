"""Each register's deadline follows its answers, between the floor and the line's time-out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import ExchangeAnswered, ExchangeTimedOut, Subject
from dlmslite_daemon.policies.deadline import Deadlines, DeadlineSettings

VOLTAGE = "1.1.32.7.0.255"


def fresh(timeout: float = 10.0) -> Deadlines:
    return DeadlineSettings().policy(Subject("x", timeout=timeout), 0.0)


def answered(deadlines: Deadlines, *seconds: float) -> Deadlines:
    for one in seconds:
        deadlines = deadlines.learn(ExchangeAnswered(VOLTAGE, one), 0.0)
    return deadlines


events = st.one_of(
    st.builds(ExchangeAnswered, st.just(VOLTAGE), st.floats(0, 60)),
    st.just(ExchangeTimedOut(VOLTAGE)),
)


@given(happened=st.lists(events, max_size=50), timeout=st.floats(2, 60))
def test_a_deadline_lies_between_floor_and_ceiling(
    happened: list[ExchangeAnswered | ExchangeTimedOut], timeout: float
) -> None:
    deadlines = fresh(timeout)
    for event in happened:
        deadlines = deadlines.learn(event, 0.0)
        assert 1.5 <= deadlines.seconds(VOLTAGE) <= timeout


def test_before_any_answer_the_ceiling_stands() -> None:
    assert fresh().seconds(VOLTAGE) == 10.0
    assert fresh(60.0).seconds(VOLTAGE) == 60.0
    assert fresh().learn(ExchangeTimedOut(VOLTAGE), 0.0) == fresh()


def test_the_estimate_is_smoothed_mean_and_four_deviations() -> None:
    # RFC 6298: SRTT = R, RTTVAR = R / 2; then gains of 1/8 and 1/4.
    deadlines = answered(fresh(), 1.0)
    assert deadlines.seconds(VOLTAGE) == pytest.approx(1.0 + 4 * 0.5)
    deadlines = answered(deadlines, 2.0)
    assert deadlines.seconds(VOLTAGE) == pytest.approx(1.125 + 4 * 0.625)


def test_a_steady_quick_register_comes_down_to_the_floor() -> None:
    assert answered(fresh(), *[0.1] * 30).seconds(VOLTAGE) == 1.5


def test_each_register_has_its_own() -> None:
    deadlines = answered(fresh(), *[0.1] * 30)
    deadlines = deadlines.learn(ExchangeAnswered("profile", 8.0), 0.0)
    assert deadlines.seconds(VOLTAGE) == 1.5
    assert deadlines.seconds("profile") == 10.0


def test_a_register_that_became_slow_is_not_timed_out_for_ever() -> None:
    deadlines, waited = answered(fresh(), *[0.1] * 30), []
    while deadlines.seconds(VOLTAGE) < 6.0:  # it takes 6 s now
        waited.append(deadlines.seconds(VOLTAGE))
        deadlines = deadlines.learn(ExchangeTimedOut(VOLTAGE), 0.0)
    assert waited == [1.5, 3.0]
    assert answered(deadlines, 6.0).seconds(VOLTAGE) > 6.0


def test_time_outs_beyond_the_ceiling_do_not_pile_up() -> None:
    deadlines = answered(fresh(), 0.1)
    for _ in range(1000):
        deadlines = deadlines.learn(ExchangeTimedOut(VOLTAGE), 0.0)
    assert deadlines.seconds(VOLTAGE) == 10.0
    assert answered(deadlines, *[0.1] * 30).seconds(VOLTAGE) == 1.5


def test_the_deadlines_of_what_has_answered_are_shown() -> None:
    assert fresh().registers == {}
    assert answered(fresh(), 0.1).registers == {VOLTAGE: 1.5}


@pytest.mark.parametrize("wrong", [{"floor": 0.0}, {"deviations": 0.5}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as caught:
        DeadlineSettings(**wrong)
    assert caught.value.key in wrong
