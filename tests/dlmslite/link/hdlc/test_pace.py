from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmslite.link.hdlc.pace import LEAST, Pace


def taught(pace: Pace, *times: float) -> Pace:
    now = 0.0
    for taken in times:
        pace.asked(now, again=False)
        now += taken
        pace.answered(now)
    return pace


def test_w06_a_quick_meter_is_waited_for_less_and_never_below_the_floor() -> None:
    assert taught(Pace(3.3, 10.0), *[0.05] * 20).seconds == LEAST


def test_w06_a_slow_meter_is_waited_for_longer_and_never_beyond_the_ceiling() -> None:
    assert 3.3 < taught(Pace(3.3, 10.0), 2.0, 2.1, 2.0).seconds < 10.0
    assert taught(Pace(3.3, 10.0), 9.0).seconds == 10.0


def test_the_mean_and_four_deviations() -> None:
    # 4 s at first: mean 4, deviation 2; then the same again: deviation 1.5.
    assert taught(Pace(5.0, 100.0), 4.0).seconds == 12.0
    assert taught(Pace(5.0, 100.0), 4.0, 4.0).seconds == 10.0


def test_what_was_asked_twice_teaches_nothing() -> None:
    pace = Pace(3.0, 10.0)
    pace.asked(0.0, again=True)
    pace.answered(9.0)
    pace.answered(9.5)
    assert pace.seconds == 3.0


def test_silence_doubles_the_patience_up_to_where_it_began() -> None:
    pace = taught(Pace(4.0, 12.0), *[0.01] * 9)
    waits = []
    for _ in range(4):
        waits.append(pace.seconds)
        pace.missed()
    assert waits == [1.5, 3.0, 4.0, 4.0]


def test_silence_does_not_shorten_what_a_slow_meter_needs() -> None:
    pace = taught(Pace(4.0, 12.0), 8.0)
    pace.missed()
    assert pace.seconds == 12.0


def test_without_a_ceiling_nothing_is_learnt() -> None:
    assert taught(Pace(5.0), 0.01, 0.01, 30.0).seconds == 5.0


def test_other_limits_keep_what_was_learnt() -> None:
    pace = taught(Pace(4.0, 12.0), *[0.01] * 9)
    pace.restart(2.0)
    assert (pace.start, pace.seconds) == (2.0, 1.5)
    fresh = Pace(4.0, 12.0)
    fresh.restart(0.5)
    assert fresh.seconds == 0.5
    assert taught(fresh, *[0.01] * 9).seconds == 0.5
    assert taught(fresh, 60.0).seconds == 1.5


@given(st.lists(st.floats(0, 100), max_size=20), st.floats(0.01, 60))
def test_the_patience_stays_within_its_limits(times: list[float], start: float) -> None:
    pace = taught(Pace(start, 3 * start), *times)
    assert min(LEAST, start) <= pace.seconds <= 3 * start
