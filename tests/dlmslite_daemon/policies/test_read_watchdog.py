"""Ten polls in a row without any value: reconnect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import Demand, Demanded, PollFinished, Subject
from dlmslite_daemon.policies.read_watchdog import ReadWatchdog, ReadWatchdogSettings

EMPTY = PollFinished(5, 0)


def fresh() -> ReadWatchdog:
    return ReadWatchdogSettings().policy(Subject("kitchen"), 0.0)


@given(polls=st.lists(st.integers(0, 5), max_size=60))
def test_it_demands_after_ten_empty_polls_in_a_row_and_not_before(polls: list[int]) -> None:
    watchdog, row = fresh(), 0
    for good in polls:
        watchdog = watchdog.learn(PollFinished(5, good), 0.0)
        row = 0 if good else row + 1
        assert watchdog.demand(0.0) is (Demand.RECONNECT if row >= 10 else Demand.NOTHING)


def test_a_new_connection_begins_the_count_anew() -> None:
    watchdog = fresh()
    for _ in range(10):
        watchdog = watchdog.learn(EMPTY, 0.0)
    watchdog = watchdog.learn(Demanded(Demand.RELINK), 0.0)
    assert watchdog.demand(0.0) is Demand.RECONNECT
    watchdog = watchdog.learn(Demanded(Demand.RECONNECT), 0.0)
    assert watchdog.demand(0.0) is Demand.NOTHING


def test_a_poll_that_asked_for_nothing_is_no_empty_one() -> None:
    assert fresh().learn(PollFinished(0, 0), 0.0).empty == 0


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError):
        ReadWatchdogSettings(polls=0)
