"""Strategies for OBIS codes, COSEM dates and times, references and selections."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference, CaptureObject
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.times import (
    DEVIATION_MAX,
    DEVIATION_MIN,
    DST_BEGIN,
    DST_END,
    LAST_DAY,
    SECOND_LAST_DAY,
    ClockStatus,
    CosemDate,
    CosemDateTime,
    CosemTime,
)

_DATE_FIELDS = {
    "year": st.none() | st.integers(0, 0xFFFE),
    "month": st.none() | st.integers(1, 12) | st.sampled_from([DST_BEGIN, DST_END]),
    "day": st.none() | st.integers(1, 31) | st.sampled_from([LAST_DAY, SECOND_LAST_DAY]),
    "weekday": st.none() | st.integers(1, 7),
}
_TIME_FIELDS = {
    "hour": st.none() | st.integers(0, 23),
    "minute": st.none() | st.integers(0, 59),
    "second": st.none() | st.integers(0, 60),
    "hundredths": st.none() | st.integers(0, 99),
}


def obis_codes() -> st.SearchStrategy[Obis]:
    """Every logical name."""
    return st.binary(min_size=6, max_size=6).map(Obis)


def dates() -> st.SearchStrategy[CosemDate]:
    """Dates, special and unspecified fields included."""
    return st.builds(CosemDate, **_DATE_FIELDS)


def times() -> st.SearchStrategy[CosemTime]:
    """Times of day, leap seconds and unspecified fields included."""
    return st.builds(CosemTime, **_TIME_FIELDS)


def statuses() -> st.SearchStrategy[ClockStatus]:
    """Every clock status."""
    return st.integers(0, 0xFE).map(ClockStatus)


def date_times() -> st.SearchStrategy[CosemDateTime]:
    """Date-times with a deviation of the standard's sign."""
    return st.builds(
        CosemDateTime,
        **_DATE_FIELDS,
        **_TIME_FIELDS,
        deviation=st.none() | st.integers(DEVIATION_MIN, DEVIATION_MAX),
        status=st.none() | statuses(),
    )


def instants() -> st.SearchStrategy[dt.datetime]:
    """Aware datetimes in whole hundredths of a second, of the years that meters live in."""
    first = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
    hundredths = st.integers(0, 130 * 365 * 86400 * 100)
    return hundredths.map(lambda count: first + dt.timedelta(milliseconds=10 * count))


def capture_objects() -> st.SearchStrategy[CaptureObject]:
    """Columns of profiles, manufacturers' attributes included."""
    return st.builds(
        CaptureObject,
        st.integers(0, 0xFFFF),
        obis_codes(),
        st.integers(-0x80, 0x7F),
        st.integers(0, 0xFFFF),
    )


def bounds() -> st.SearchStrategy[Data]:
    """What a range may begin or end with."""
    return st.one_of(
        date_times().map(lambda moment: Data.of(DataType.OCTET_STRING, moment.encode())),
        date_times().map(lambda moment: Data.of(DataType.DATE_TIME, moment)),
        st.integers(0, 0xFFFF_FFFF).map(lambda n: Data.of(DataType.DOUBLE_LONG_UNSIGNED, n)),
    )


def ranges() -> st.SearchStrategy[RangeDescriptor]:
    """Range descriptors."""
    return st.builds(
        RangeDescriptor, capture_objects(), bounds(), bounds(), st.lists(capture_objects())
    )


def entries() -> st.SearchStrategy[EntryDescriptor]:
    """Entry descriptors."""
    return st.builds(
        EntryDescriptor,
        st.integers(1, 0xFFFF_FFFF),
        st.integers(0, 0xFFFF_FFFF),
        st.integers(1, 0xFFFF),
        st.integers(0, 0xFFFF),
    )


def attribute_references() -> st.SearchStrategy[AttributeReference]:
    """References to attributes, with and without a selection."""
    return st.builds(
        AttributeReference,
        st.integers(0, 0xFFFF),
        obis_codes(),
        st.integers(-0x80, 0x7F),
        st.one_of(st.none(), ranges(), entries()),
    )
