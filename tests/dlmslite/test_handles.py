"""A profile is read whole, by range and by entry; a clock tells its drift."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from rig.desk import NOW, Desk

from dlmslite.errors import ConfigurationError
from dlmslite.simulator.models.single_phase import PROFILE, single_phase
from dlmslite.values.time_policy import TimePolicy

FRAMINGS = pytest.mark.parametrize("framing", ["hdlc", "wrapper"])


def test_the_clock_is_aware_and_its_drift_is_signed() -> None:
    ahead = single_phase(clock_offset=dt.timedelta(minutes=10))
    clock = Desk(meter=ahead).client().clock()
    assert clock.time() == NOW + dt.timedelta(minutes=10)
    assert clock.drift() < dt.timedelta(days=-1)  # the desk's day is long past
    assert clock.shown.deviation == 300


def test_times_are_told_in_the_zone_of_the_caller() -> None:
    zone = ZoneInfo("Europe/Berlin")
    client = Desk().client(policy=TimePolicy(zone))
    assert client.clock().time().tzinfo is zone
    row = next(client.profile(PROFILE).entries(1, 1))
    assert row.time is not None
    assert row.time.tzinfo is zone


@FRAMINGS
def test_a_profile_is_read_whole_by_range_and_by_entry(framing: str) -> None:
    profile = Desk(framing=framing).client().profile("1.0.99.1.0.255")
    whole = [row.time for row in profile.rows()]
    newest = NOW.replace(minute=0)
    assert whole[-1] == newest
    assert len(whole) == 192
    some = [row.time for row in profile.rows(newest - dt.timedelta(hours=1), newest)]
    assert some == whole[-5:]
    assert [row.time for row in profile.entries(3, 2)] == whole[2:4]
    assert len(profile.columns) == 5


def test_naive_times_and_odd_entries_are_refused_before_anything_is_sent() -> None:
    desk = Desk()
    profile = desk.client().profile(PROFILE)
    sent = len(desk.transport.sent)
    with pytest.raises(ConfigurationError, match="has no zone"):
        profile.rows(dt.datetime(2026, 3, 1))  # noqa: DTZ001 - that it is refused is the point
    with pytest.raises(ConfigurationError, match="counted from 1"):
        profile.entries(0)
    with pytest.raises(ConfigurationError, match="counted from 1"):
        profile.entries(1, 0)
    assert len(desk.transport.sent) == sent
