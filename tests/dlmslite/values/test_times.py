from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.times import date_times, dates, times

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values import times as module
from dlmslite.values.times import (
    DST_BEGIN,
    DST_END,
    LAST_DAY,
    SECOND_LAST_DAY,
    ClockStatus,
    CosemDate,
    CosemDateTime,
    CosemTime,
)

SUMMER = bytes.fromhex("07e70706040a3626ffff8880")
NOTHING = bytes.fromhex("ffffffffffffffffff8000ff")


@given(date_times())
def test_round_trip_of_date_times(value: CosemDateTime) -> None:
    assert CosemDateTime.decode(value.encode()) == value


@given(dates())
def test_round_trip_of_dates(value: CosemDate) -> None:
    assert CosemDate.decode(value.encode()) == value


@given(times())
def test_round_trip_of_times(value: CosemTime) -> None:
    assert CosemTime.decode(value.encode()) == value


@given(st.binary(max_size=14))
def test_any_octets_are_a_value_or_a_decode_error(octets: bytes) -> None:
    for kind in (CosemDate, CosemTime, CosemDateTime):
        with suppress(DecodeError):
            assert kind.decode(octets).encode() == octets


def _near_date_times() -> st.SearchStrategy[bytes]:
    # A sound date-time with one octet replaced: the neighbourhood in which ranges end.
    return st.builds(
        lambda value, at, octet: value[:at] + bytes([octet]) + value[at + 1 :],
        date_times().map(CosemDateTime.encode),
        st.integers(0, 11),
        st.integers(0, 255),
    )


@given(st.one_of(_near_date_times(), st.binary(min_size=12, max_size=12)))
def test_the_decoder_equals_its_declaration(octets: bytes) -> None:
    def by_declaration() -> tuple[Any, ...]:
        wire = codec.parse(module._WIRE, octets)
        date, time = wire.date, wire.time
        fields = (date.month, date.day, date.weekday, time.hour, time.minute, time.second)
        return (
            None if date.year == 0xFFFF else date.year,
            *(None if field == 0xFF else field for field in (*fields, time.hundredths)),
            None if wire.deviation == -0x8000 else wire.deviation,
            None if wire.status == 0xFF else ClockStatus(wire.status),
        )

    try:
        expected = by_declaration()
    except DecodeError:
        with pytest.raises(DecodeError):
            CosemDateTime.decode(octets)
        with pytest.raises(DecodeError):
            # A fault of the date or of the time is a fault there too; one of the deviation is not.
            CosemDate.decode(octets[:5]), CosemTime.decode(octets[5:9]), _deviation(octets)
        return
    value = CosemDateTime.decode(octets)
    assert (
        value.year, value.month, value.day, value.weekday, value.hour, value.minute,
        value.second, value.hundredths, value.deviation, value.status,
    ) == expected  # fmt: skip
    assert value.date == CosemDate.decode(octets[:5])
    assert value.time == CosemTime.decode(octets[5:9])


def _deviation(octets: bytes) -> None:
    CosemDateTime.decode(NOTHING[:9] + octets[9:])


def test_d02_what_is_unspecified_stays_unspecified() -> None:
    value = CosemDateTime.decode(NOTHING)
    assert value == CosemDateTime()
    assert value.encode() == NOTHING
    assert not value.is_definite
    assert value.maybe_iso() is None


@pytest.mark.parametrize("month", [DST_BEGIN, DST_END])
@pytest.mark.parametrize("day", [LAST_DAY, SECOND_LAST_DAY])
def test_d02_special_months_and_days_are_kept(month: int, day: int) -> None:
    octets = bytes([0x07, 0xE8, month, day, 7])
    value = CosemDate.decode(octets)
    assert (value.month, value.day) == (month, day)
    assert value.encode() == octets
    assert not CosemDateTime(2024, month, 1, None, 0, 0, 0).is_definite
    assert not CosemDateTime(2024, 1, day, None, 0, 0, 0).is_definite


@pytest.mark.parametrize("minutes", [-840, -780, -720, 0, 720])
def test_d03_deviations_of_every_zone_on_earth_are_accepted(minutes: int) -> None:
    octets = SUMMER[:9] + minutes.to_bytes(2, "big", signed=True) + SUMMER[11:]
    assert CosemDateTime.decode(octets).deviation == minutes


@pytest.mark.parametrize("minutes", [-32767, -841, 721, 840, 32767])
def test_d03_other_deviations_are_refused(minutes: int) -> None:
    octets = SUMMER[:9] + minutes.to_bytes(2, "big", signed=True) + SUMMER[11:]
    with pytest.raises(DecodeError, match=f"deviation {minutes} is out of range") as caught:
        CosemDateTime.decode(octets)
    assert caught.value.offset == 9


@pytest.mark.parametrize(("minutes", "sound"), [(840, True), (-720, True), (-721, False)])
def test_d03_the_inverted_sign_mirrors_the_range(minutes: int, sound: bool) -> None:
    octets = SUMMER[:9] + minutes.to_bytes(2, "big", signed=True) + SUMMER[11:]
    if sound:
        value = CosemDateTime.decode(octets, inverted_deviation=True)
        assert value.deviation == minutes
        assert value.encode() == octets
    else:
        with pytest.raises(DecodeError):
            CosemDateTime.decode(octets, inverted_deviation=True)


def test_d04_deviation_zero_is_not_unspecified() -> None:
    octets = bytes.fromhex("07e8021d04173b3b00000000")
    value = CosemDateTime.decode(octets)
    assert value.deviation == 0
    assert value.maybe_iso() == "2024-02-29T23:59:59+00:00"


def test_d05_status_ff_is_unspecified_and_every_other_octet_comes_back() -> None:
    assert CosemDateTime.decode(NOTHING).status is None
    for octet in range(0xFF):
        octets = NOTHING[:11] + bytes([octet])
        value = CosemDateTime.decode(octets)
        assert value.status == ClockStatus(octet)
        assert value.encode() == octets


@pytest.mark.parametrize(
    ("octet", "name"),
    [
        (0x01, "invalid_value"),
        (0x02, "doubtful"),
        (0x04, "different_base"),
        (0x08, "invalid_status"),
        (0x80, "daylight_saving"),
    ],
)
def test_d05_each_flag_is_one_bit(octet: int, name: str) -> None:
    assert getattr(ClockStatus(octet), name)
    assert not getattr(ClockStatus(0xFE & ~octet), name)


@pytest.mark.parametrize("octet", [-1, 0xFF, 0x100])
def test_a_status_is_one_octet_but_not_ff(octet: int) -> None:
    with pytest.raises(EncodeError):
        ClockStatus(octet)


@pytest.mark.parametrize(
    ("offset", "octet", "name"),
    [
        (2, 0, "month 0"), (2, 13, "month 13"), (3, 0, "day 0"), (3, 32, "day 32"),
        (4, 0, "day of week 0"), (4, 8, "day of week 8"), (5, 24, "hour 24"),
        (6, 60, "minute 60"), (7, 61, "second 61"), (8, 100, "hundredths 100"),
    ],
)  # fmt: skip
def test_d06_a_field_outside_its_range_is_refused_by_name(
    offset: int, octet: int, name: str
) -> None:
    octets = SUMMER[:offset] + bytes([octet]) + SUMMER[offset + 1 :]
    with pytest.raises(DecodeError, match=f"{name} is out of range") as caught:
        CosemDateTime.decode(octets)
    assert (caught.value.code, caught.value.offset) == ("bad-datetime", offset)


def test_d06_offsets_of_a_time_are_counted_from_its_own_start() -> None:
    with pytest.raises(DecodeError) as caught:
        CosemTime.decode(bytes.fromhex("173c0000"))
    assert caught.value.offset == 1


def test_d06_monday_is_one_and_a_leap_second_is_tolerated() -> None:
    value = CosemDateTime.decode(bytes.fromhex("07e10101 07 173b3c00 0000 00"))
    assert (value.weekday, value.second) == (7, 60)


@pytest.mark.parametrize("kind", [CosemDate, CosemTime, CosemDateTime])
def test_d06_what_cannot_be_written_cannot_be_made(kind: type[CosemDate]) -> None:
    with pytest.raises(EncodeError):
        kind(70000)


def test_d06_a_deviation_that_cannot_be_written_cannot_be_made() -> None:
    with pytest.raises(EncodeError, match="deviation 841"):
        CosemDateTime(deviation=841)


def test_d07_a_date_time_comes_typed_or_as_twelve_octets() -> None:
    typed = CosemDateTime.decode(SUMMER)
    assert CosemDateTime.parse(typed) is typed
    assert CosemDateTime.parse(SUMMER) == typed
    for other in (None, 12, "2023", SUMMER[:11]):
        with pytest.raises(DecodeError):
            CosemDateTime.parse(other)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (CosemDate(2024, 2, LAST_DAY), "2024-02-last"),
        (CosemDate(None, DST_END, None), "****-dst-end-**"),
        (CosemTime(8, None, 0), "08:**:00"),
        (CosemTime(8, 1, 2, 3), "08:01:02.03"),
        (CosemDateTime(2024, 2, 3, None, 4, 5, 6, None, 90), "2024-02-03 04:05:06-01:30"),
        (CosemDateTime(), "****-**-** **:**:**"),
    ],
)
def test_the_text_shows_what_is_not_specified(value: object, text: str) -> None:
    assert str(value) == text
