"""At most 30 connections begin within any second, and nobody waits without need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import Subject
from dlmslite_daemon.policies.rate_limit import ConnectRate, ConnectRateSettings


def fresh(connects: int = 30, seconds: float = 1.0) -> ConnectRate:
    return ConnectRateSettings(connects, seconds).policy(Subject("fleet"), 0.0)


@given(gaps=st.lists(st.floats(0, 0.5), min_size=1, max_size=120), connects=st.integers(1, 30))
def test_no_second_has_more_than_its_share(gaps: list[float], connects: int) -> None:
    rate, now, starts = fresh(connects), 0.0, []
    for gap in gaps:
        now += gap
        rate, start = rate.reserve(now)
        assert start >= now
        starts.append(start)
    assert starts == sorted(starts)
    for first, beyond in zip(starts, starts[connects:], strict=False):
        assert beyond - first >= 1.0 - 1e-9


@given(gaps=st.lists(st.floats(0.1, 5), max_size=60))
def test_a_quiet_fleet_never_waits(gaps: list[float]) -> None:
    rate, now = fresh(10), 0.0
    for gap in gaps:
        now += gap
        rate, start = rate.reserve(now)
        assert start == pytest.approx(now)


def test_two_hundred_meters_that_return_at_once_are_through_in_seven_seconds() -> None:
    rate, starts = fresh(), []
    for _ in range(200):
        rate, start = rate.reserve(100.0)
        starts.append(start)
    assert starts[29] == 100.0
    assert starts[30] == 101.0
    assert starts[-1] == 106.0


def test_it_keeps_no_more_than_it_needs() -> None:
    rate = fresh(3)
    for now in range(100):
        rate, _ = rate.reserve(float(now))
    assert len(rate.starts) == 3


@pytest.mark.parametrize("wrong", [{"connects": 0}, {"seconds": 0.0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError) as caught:
        ConnectRateSettings(**wrong)
    assert caught.value.key in wrong
