"""A fixed rate on a fixed grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.engine.schedule import FIRST_POLLS_PER_SECOND, Schedule, fairest

EVERY = st.floats(1.0, 3600.0)
LATE = st.floats(0.0, 100_000.0)


@given(EVERY, st.lists(LATE, max_size=20))
def test_slots_stay_on_the_grid_and_none_is_counted_twice(
    every: float, lateness: list[float]
) -> None:
    schedule = Schedule(every, 100.0)
    counted = 0
    now = 100.0
    for late in lateness:
        now += late
        schedule, slots = schedule.passed(now)
        counted += slots
        assert schedule.due >= now
        assert schedule.due - now <= every * 1.000001
        assert schedule.due == pytest.approx(100.0 + counted * every)


def test_nothing_passes_before_its_time() -> None:
    schedule = Schedule(10.0, 100.0)
    assert schedule.passed(99.9) == (schedule, 0)
    assert schedule.passed(100.0) == (Schedule(10.0, 110.0), 1)
    assert schedule.passed(129.9) == (Schedule(10.0, 130.0), 3)


@given(st.text(max_size=10), EVERY, st.integers(1, 5000))
def test_first_polls_come_soon_and_spread(name: str, every: float, fleet: int) -> None:
    schedule = Schedule.begin(name, every, 100.0, fleet)
    window = min(every, max(1.0, fleet / FIRST_POLLS_PER_SECOND))
    assert 100.0 <= schedule.due <= 100.0 + window
    assert Schedule.begin(name, every, 100.0, fleet) == schedule


def test_a_fleet_does_not_begin_in_step() -> None:
    dues = [Schedule.begin(f"meter-{n}", 60.0, 0.0, 1000).due for n in range(1000)]
    busiest = max(sum(second <= due < second + 1 for due in dues) for second in range(60))
    assert busiest < 40


def test_the_one_that_waited_longest_comes_first() -> None:
    assert fairest([]) is None
    assert fairest([("b", 3.0), ("a", 3.0), ("c", 2.0)]) == "c"
    assert fairest([("b", 3.0), ("a", 3.0)]) == "a"
