from __future__ import annotations

import datetime as dt

import pytest
from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.clock import Clock, ClockBase, drift
from dlmslite.errors import DecodeError
from dlmslite.values.kinds import Enum
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import ClockStatus, CosemDateTime

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def test_the_class() -> None:
    check(Clock, attributes=9, methods=6)


def test_d05_the_status_is_an_octet_and_ff_says_nothing() -> None:
    clock = find_class(8)
    assert clock.interpret("status", 0x80) == ClockStatus(0x80)
    assert clock.interpret("status", 0xFF) is None
    with pytest.raises(DecodeError, match="clock status"):
        clock.interpret("status", 256)


def test_d09_enabled_is_true_for_every_number_but_zero() -> None:
    clock = find_class(8)
    assert clock.interpret("daylight_savings_enabled", True) is True
    assert clock.interpret("daylight_savings_enabled", 0) is False


def test_an_unknown_clock_base_survives() -> None:
    clock = find_class(8)
    assert clock.interpret("clock_base", Enum(4)) is ClockBase.GPS
    assert clock.interpret("clock_base", Enum(77)).name == "UNKNOWN_77"
    with pytest.raises(DecodeError, match="clock base"):
        clock.interpret("clock_base", -1)


def test_d03_a_meter_with_the_other_sign_is_read_with_its_policy() -> None:
    octets = bytes.fromhex("07e7010a020a0000ff030c00")
    policy = TimePolicy(inverted_deviation=True)
    with pytest.raises(DecodeError):
        find_class(8).interpret("time", octets)
    time = find_class(8).interpret("time", octets, policy)
    assert policy.aware(time) == dt.datetime(2023, 1, 9, 21, tzinfo=dt.UTC)


def test_d02_the_start_of_daylight_saving_may_be_a_rule() -> None:
    begin = find_class(8).interpret(
        "daylight_savings_begin", bytes.fromhex("ffff03fe0702000000800000")
    )
    assert begin == CosemDateTime(None, 3, 0xFE, 7, 2, 0, 0, 0, None, ClockStatus(0))


def test_drift_is_positive_when_the_meter_is_ahead() -> None:
    assert drift(NOON + SECOND, NOON) == SECOND
    assert drift(NOON - SECOND, NOON) == -SECOND


def test_drift_takes_the_middle_of_the_round_trip() -> None:
    assert drift(NOON, NOON - SECOND, NOON + SECOND) == dt.timedelta(0)
    assert drift(NOON, NOON, NOON + 2 * SECOND) == -SECOND
