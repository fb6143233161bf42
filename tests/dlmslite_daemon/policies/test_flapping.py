"""However a condition behaves, its alarm is raised only so often; an honest one ends at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.alarm import AlarmBook, Condition
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import Subject
from dlmslite_daemon.policies.flapping import Flapping, FlappingSettings

A = Condition("a", "it comes and goes")
B = Condition("b", "another one")
steps = st.lists(st.tuples(st.floats(0.01, 400.0), st.booleans()), max_size=60)


class Watch:
    """Damping and a book together, as the desk joins them."""

    def __init__(self, settings: FlappingSettings) -> None:
        self.flapping = settings.policy(Subject("bridge"), 0.0)
        self.book = AlarmBook()
        self.raised: list[float] = []

    def sees(self, now: float, *conditions: Condition, subject: str = "kitchen") -> None:
        self.flapping, judged = self.flapping.weigh(subject, conditions, now)
        self.book, changes = self.book.update(
            subject, judged.holds, round(now * 1000), held=judged.held, returned=judged.returned
        )
        self.raised += [now] * len(changes.raised)

    @property
    def open(self) -> bool:
        return bool(self.book.open)


@given(steps=steps, comings=st.integers(1, 4), window=st.floats(1.0, 900.0))
def test_no_window_has_more_raisings_than_the_settings_allow(
    steps: list[tuple[float, bool]], comings: int, window: float
) -> None:
    watch, now = Watch(FlappingSettings(comings, window)), 0.0
    for gap, here in steps:
        now += gap
        watch.sees(now, *([A] if here else []))
    for first, beyond in zip(watch.raised, watch.raised[comings:], strict=False):
        assert beyond - first > window - 1e-6


@given(steps=steps, window=st.floats(1.0, 900.0))
def test_what_holds_is_always_open_and_what_stays_away_is_over_after_a_window(
    steps: list[tuple[float, bool]], window: float
) -> None:
    watch, now = Watch(FlappingSettings(3, window)), 0.0
    for gap, here in steps:
        now += gap
        watch.sees(now, *([A] if here else []))
        assert watch.open or not here
    watch.sees(now)
    for _ in range(2):
        now += window
        watch.sees(now)
    assert not watch.open
    assert watch.flapping.tracks == {}


@given(stay=st.floats(0.1, 1e6), away=st.floats(700.0, 1e6), times=st.integers(1, 6))
def test_an_alarm_that_comes_seldom_is_over_at_once(stay: float, away: float, times: int) -> None:
    watch, now = Watch(FlappingSettings()), 0.0
    for _ in range(times):
        watch.sees(now, A)
        now += stay
        watch.sees(now)
        assert not watch.open
        now += away
    assert len(watch.raised) == times


def test_the_third_coming_within_ten_minutes_is_held_until_ten_quiet_minutes() -> None:
    watch = Watch(FlappingSettings())
    for now in (0.0, 60.0, 120.0):
        watch.sees(now, A)
        watch.sees(now + 30.0)
    assert watch.raised == [0.0, 60.0, 120.0]
    assert watch.open
    watch.sees(200.0, A)
    watch.sees(210.0)
    (alarm,) = watch.book.open.values()
    assert (alarm.flaps, len(watch.raised)) == (1, 3)
    watch.sees(809.0)
    assert watch.open
    watch.sees(810.0)
    assert not watch.open


def test_one_that_stays_for_a_window_flaps_no_longer() -> None:
    watch = Watch(FlappingSettings())
    for now in (0.0, 60.0, 120.0):
        watch.sees(now)
        watch.sees(now + 30.0, A)
    watch.sees(1000.0)
    assert not watch.open


def test_due_names_the_subject_when_its_quiet_window_is_over() -> None:
    watch = Watch(FlappingSettings(comings=1, window=100.0))
    watch.sees(0.0, A)
    assert watch.flapping.next_due(0.0) == float("inf")
    watch.sees(10.0)
    assert (watch.flapping.due(109.0), watch.flapping.next_due(50.0)) == ((), 60.0)
    assert watch.flapping.due(110.0) == ("kitchen",)
    watch.sees(110.0)
    assert not watch.open


def test_subjects_and_codes_do_not_meet() -> None:
    watch = Watch(FlappingSettings(comings=1, window=100.0))
    watch.sees(0.0, A, B)
    watch.sees(0.0, A, subject="attic")
    watch.sees(1.0, B)
    watch.sees(200.0, B)
    assert set(watch.book.open) == {("kitchen", "b"), ("attic", "a")}


def test_what_an_operator_cleared_is_forgotten() -> None:
    watch = Watch(FlappingSettings(comings=1, window=100.0))
    watch.sees(0.0, A, B)
    watch.sees(1.0)
    flapping = watch.flapping.forgotten("kitchen", "a").forgotten("attic", "a")
    _, judged = flapping.weigh("kitchen", (), 2.0)
    assert judged.held == {"b"}


def test_without_a_window_nothing_is_held() -> None:
    watch = Watch(FlappingSettings(comings=1, window=0.0))
    for now in range(5):
        watch.sees(now, A)
        watch.sees(now + 0.5)
        assert not watch.open


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="come once"):
        FlappingSettings(comings=0)
    with pytest.raises(ConfigError, match="not negative"):
        FlappingSettings(window=-1)
    assert FlappingSettings().policy(Subject("x"), 0.0) == Flapping(FlappingSettings())
