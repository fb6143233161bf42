"""Tests of dlmslite.values.day_clock."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.times import date_times

from dlmslite.errors import DecodeError, DlmsError
from dlmslite.values.day_clock import DAYS_MAX, DayClock
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

POLICIES = st.builds(
    TimePolicy,
    zone=st.sampled_from(
        [None, dt.UTC]
        + [ZoneInfo(name) for name in ("Europe/Berlin", "Australia/Lord_Howe", "America/Bogota")]
    ),
    inverted_deviation=st.booleans(),
)
# The days on which the zones above change their clocks, and the ones beside them.
DAYS = st.sampled_from(
    [dt.date(2026, month, day) for month in (3, 4, 10) for day in (1, 4, 5, 25, 28, 29)]
)


@st.composite
def profiles(draw: st.DrawFn) -> list[bytes]:
    """Timestamps of a few days in one clock, most of them whole minutes."""
    deviation = draw(st.none() | st.integers(-720, 720))
    status = draw(st.sampled_from([0, 0x80, 0xFF]))
    stamps = []
    for day in draw(st.lists(DAYS, min_size=1, max_size=3)):
        for minute in draw(st.lists(st.integers(0, 1439), max_size=6)):
            second = draw(st.sampled_from([0, 0, 0, 30, 60, 0xFF]))
            hour, minute_of_hour = divmod(minute, 60)
            stamps.append(
                day.year.to_bytes(2, "big")
                + bytes((day.month, day.day, 0xFF, hour, minute_of_hour, second, 0))
                + (0x8000 if deviation is None else deviation & 0xFFFF).to_bytes(2, "big")
                + bytes((status,))
            )
    return stamps


def outcome(work: Any, octets: bytes) -> Any:
    try:
        moment = work(octets)
    except DlmsError as error:
        return type(error), str(error)
    return moment, moment.utcoffset(), moment.fold, moment.tzinfo


@given(POLICIES, profiles())
def test_it_says_what_the_policy_says(policy: TimePolicy, stamps: list[bytes]) -> None:
    clock = DayClock(policy)
    for octets in stamps:
        assert outcome(clock.aware, octets) == outcome(policy.aware_octets, octets)


@given(POLICIES, st.lists(date_times(), max_size=3), st.binary(max_size=13))
def test_any_octets_are_what_they_are_to_the_policy(
    policy: TimePolicy, values: list[CosemDateTime], octets: bytes
) -> None:
    clock = DayClock(policy)
    for stamp in (octets, *(value.encode() for value in values)):
        for variant in (stamp, stamp[:5] + b"\x18\x00\x00" + stamp[8:], stamp[:11], stamp):
            assert outcome(clock.aware, variant) == outcome(policy.aware_octets, variant)


def test_a_timestamp_may_be_typed_or_null() -> None:
    value = TimePolicy().from_aware(dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    clock = DayClock(TimePolicy())
    assert clock.aware(value) == clock.aware(value.encode())
    assert clock.aware(None) is None
    with pytest.raises(DecodeError):
        clock.aware(5)


def test_the_first_day_of_the_calendar_has_no_midnight_in_the_west() -> None:
    policy = TimePolicy(ZoneInfo("America/Bogota"))
    octets = CosemDateTime(1, 1, 1, None, 12, 0, 0, 0, 0).encode()
    clock = DayClock(policy)
    assert clock.aware(octets) == policy.aware_octets(octets)
    assert not clock._days


def stamp(day: int, hour: int, minute: int = 0) -> bytes:
    moment = dt.datetime(2026, 1, 1, hour, minute, tzinfo=dt.UTC) + dt.timedelta(days=day)
    return TimePolicy(dt.UTC).from_aware(moment).encode()


def test_a_day_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        TimePolicy,
        "aware_octets",
        lambda self, octets: asked.append(octets) or self.aware(self.decode(octets)),
    )
    clock = DayClock(TimePolicy())
    times = [clock.aware(stamp(0, hour, minute)) for hour in range(24) for minute in range(60)]
    assert times[-1] - times[0] == dt.timedelta(hours=23, minutes=59)
    assert len(asked) == 3


def test_d16_only_so_many_days_are_kept() -> None:
    clock = DayClock(TimePolicy())
    for day in range(DAYS_MAX + 2):
        clock.aware(stamp(day, 0))
        assert len(clock._days) <= DAYS_MAX


def test_d22_a_day_on_which_the_clock_is_set_has_no_shortcut() -> None:
    clock = DayClock(TimePolicy(ZoneInfo("Europe/Berlin")))
    octets = CosemDateTime(2026, 3, 29, None, 1, 0, 0, 0).encode()
    assert clock.aware(octets).utcoffset() == dt.timedelta(hours=1)
    later = octets[:5] + b"\x03" + octets[6:]
    assert clock.aware(later).utcoffset() == dt.timedelta(hours=2)
    assert not clock._days
