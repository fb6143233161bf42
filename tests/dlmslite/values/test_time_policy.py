from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.times import date_times, instants

from dlmslite.errors import ConfigurationError, DecodeError, DlmsError
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import LAST_DAY, ClockStatus, CosemDateTime

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
BOGOTA = ZoneInfo("America/Bogota")
ZONES = [None, dt.UTC, BERLIN, AUCKLAND, BOGOTA, ZoneInfo("Asia/Kathmandu")]
SUMMER, WINTER = ClockStatus(0x80), ClockStatus(0)


def policies() -> st.SearchStrategy[TimePolicy]:
    return st.builds(TimePolicy, st.sampled_from(ZONES), st.booleans())


@given(policies(), instants())
def test_d05_every_instant_comes_back_folds_included(
    policy: TimePolicy, moment: dt.datetime
) -> None:
    written = policy.from_aware(moment)
    assert policy.aware(written) == moment
    assert policy.decode(written.encode()) == written
    assert policy.from_aware(policy.aware(written)) == written


@given(
    policies(),
    st.one_of(
        date_times().map(CosemDateTime.encode),
        instants().map(lambda moment: TimePolicy(BERLIN).from_aware(moment).encode()),
        st.binary(max_size=13),
    ),
)
def test_the_hot_path_equals_the_long_way(policy: TimePolicy, octets: bytes) -> None:
    try:
        expected = policy.aware(policy.decode(octets))
    except DlmsError as error:
        with pytest.raises(type(error)) as caught:
            policy.aware_octets(octets)
        assert str(caught.value) == str(error)
        return
    moment = policy.aware_octets(octets)
    assert moment == expected
    assert (moment.utcoffset(), moment.tzinfo) == (expected.utcoffset(), expected.tzinfo)


def test_d03_utc_is_local_time_plus_deviation() -> None:
    value = CosemDateTime(2023, 7, 6, 4, 10, 54, 38, None, -120, SUMMER)
    moment = TimePolicy().aware(value)
    assert moment == dt.datetime(2023, 7, 6, 8, 54, 38, tzinfo=dt.UTC)
    assert moment.isoformat() == "2023-07-06T10:54:38+02:00"


def test_d03_the_quirk_inverts_the_sign_and_mirrors_the_range() -> None:
    octets = bytes.fromhex("07e7010a020a0000ff030c00")  # +780: New Zealand's summer, ISO's sign
    policy = TimePolicy(inverted_deviation=True)
    assert policy.aware_octets(octets) == dt.datetime(2023, 1, 9, 21, tzinfo=dt.UTC)
    assert policy.aware(policy.decode(octets)) == policy.aware_octets(octets)
    assert policy.parse(octets) == policy.decode(octets) == policy.parse(policy.decode(octets))
    with pytest.raises(DecodeError, match="deviation 780"):
        TimePolicy().aware_octets(octets)
    with pytest.raises(DecodeError, match="deviation 780"):
        TimePolicy().aware(policy.decode(octets))
    moment = dt.datetime(2023, 1, 10, 10, tzinfo=AUCKLAND)
    assert policy.from_aware(moment).deviation == 780
    assert TimePolicy().from_aware(moment).deviation == -780


def test_d04_deviation_zero_is_utc_and_aware() -> None:
    moment = TimePolicy().aware(CosemDateTime(2024, 2, 29, None, 23, 59, 59, 0, 0))
    assert moment.tzinfo is dt.UTC


def test_the_deviation_decides_and_the_zone_tells() -> None:
    value = CosemDateTime(2024, 1, 1, None, 12, 0, 0, 0, 0)
    moment = TimePolicy(BOGOTA).aware(value)
    assert moment.isoformat() == "2024-01-01T07:00:00-05:00"
    assert moment.tzinfo is BOGOTA


def test_without_a_deviation_the_zone_decides() -> None:
    value = CosemDateTime(2024, 7, 1, None, 12, 0, 0)
    assert TimePolicy(BERLIN).aware(value).isoformat() == "2024-07-01T12:00:00+02:00"


def test_without_deviation_and_zone_there_is_no_instant() -> None:
    with pytest.raises(ConfigurationError, match="give the zone"):
        TimePolicy().aware(CosemDateTime(2024, 7, 1, None, 12, 0, 0))


@pytest.mark.parametrize(
    ("status", "fold", "hours"),
    [(SUMMER, None, 2), (WINTER, None, 1), (SUMMER, 1, 2), (None, None, 2), (None, 1, 1)],
)
def test_d05_the_status_or_else_the_hint_tells_the_hour_that_comes_twice(
    status: ClockStatus | None, fold: int | None, hours: int
) -> None:
    value = CosemDateTime(2024, 10, 27, None, 2, 30, 0, 0, None, status)
    moment = TimePolicy(BERLIN).aware(value, fold=fold)
    assert moment.utcoffset() == dt.timedelta(hours=hours)


def test_d05_outside_that_hour_the_status_is_not_trusted() -> None:
    value = CosemDateTime(2024, 7, 1, None, 12, 0, 0, 0, None, WINTER)
    assert TimePolicy(BERLIN).aware(value).utcoffset() == dt.timedelta(hours=2)


def test_an_hour_that_the_zone_skips_follows_the_offset_before() -> None:
    value = CosemDateTime(2024, 3, 31, None, 2, 30, 0, 0, None, WINTER)
    assert TimePolicy(BERLIN).aware(value).isoformat() == "2024-03-31T03:30:00+02:00"


@pytest.mark.parametrize(
    "value",
    [
        CosemDateTime(None, 1, 1, None, 0, 0, 0, 0, 0),
        CosemDateTime(2024, 1, LAST_DAY, None, 0, 0, 0, 0, 0),
        CosemDateTime(2024, 1, 1, None, None, 0, 0, 0, 0),
        CosemDateTime(2024, 1, 1, None, 0, None, 0, 0, 0),
    ],
)
def test_d02_wildcards_name_no_instant(value: CosemDateTime) -> None:
    with pytest.raises(DecodeError) as caught:
        TimePolicy(BERLIN).aware(value)
    assert caught.value.code == "indefinite-datetime"


@pytest.mark.parametrize(
    "value",
    [
        CosemDateTime(2023, 2, 29, None, 0, 0, 0, 0, 0),
        CosemDateTime(0xDC05, 1, 1, None, 0, 0, 0, 0, 0),
        CosemDateTime(0, 1, 1, None, 0, 0, 0, 0, 0),
        CosemDateTime(1, 1, 1, None, 0, 0, 0, 0, 0),
        CosemDateTime(9999, 12, 31, None, 23, 59, 60, 0, 0),
    ],
)
def test_a_day_that_no_calendar_has_is_an_error_of_ours(value: CosemDateTime) -> None:
    with pytest.raises(DecodeError) as caught:
        TimePolicy(BOGOTA).aware(value)
    assert caught.value.code == "bad-datetime"


def test_d06_a_leap_second_is_the_second_after_it() -> None:
    value = CosemDateTime(2016, 12, 31, None, 23, 59, 60, 0, 0)
    assert TimePolicy().aware(value) == dt.datetime(2017, 1, 1, tzinfo=dt.UTC)


def test_unspecified_seconds_and_hundredths_count_as_zero() -> None:
    value = CosemDateTime(2024, 1, 1, None, 12, 15, None, None, 0)
    assert TimePolicy().aware(value) == dt.datetime(2024, 1, 1, 12, 15, tzinfo=dt.UTC)


def test_a_naive_bound_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="aware"):
        TimePolicy(BERLIN).from_aware(dt.datetime(2024, 1, 1))  # noqa: DTZ001  # that is the point


def test_a_bound_outside_of_the_local_calendar_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="end of the calendar"):
        TimePolicy(BERLIN).from_aware(dt.datetime.max.replace(tzinfo=dt.UTC))


def test_a_local_mean_time_is_written_as_utc() -> None:
    moment = dt.datetime(1880, 1, 1, tzinfo=BERLIN)
    written = TimePolicy().from_aware(moment)
    assert written.deviation == 0
    assert TimePolicy().aware(written) == moment


def test_the_written_bound_tells_daylight_saving() -> None:
    policy = TimePolicy(BERLIN)
    assert policy.from_aware(dt.datetime(2024, 7, 1, tzinfo=dt.UTC)).status == SUMMER
    assert policy.from_aware(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)).status == WINTER
