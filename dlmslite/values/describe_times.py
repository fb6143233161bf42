"""Dates and times as the plain names and values that ``decode --json`` prints.

In: a date, time or date-time. Out: a dict that JSON can hold, with None for what is not specified.
"""

from __future__ import annotations

from typing import Any

from dlmslite.values.times import (
    DST_BEGIN,
    DST_END,
    ClockStatus,
    CosemDate,
    CosemDateTime,
    CosemTime,
)

# Days keep their numbers (253, 254); the months are told by name, for they depend on the country.
_MONTHS = {DST_BEGIN: "dst-begin", DST_END: "dst-end"}


def describe(value: CosemDate | CosemTime | CosemDateTime) -> dict[str, Any]:
    """Every field by name, ``kind`` first."""
    if isinstance(value, CosemDate):
        return {"kind": "date", **_date(value)}
    if isinstance(value, CosemTime):
        return {"kind": "time", **_time(value)}
    return {
        "kind": "date-time",
        **_date(value),
        **_time(value),
        "deviation": value.deviation,
        "status": _status(value.status),
        "iso": value.maybe_iso(),
    }


def decode(form: str, octets: bytes) -> dict[str, Any]:
    """Describe octets by what they are said to be.

    Args:
        form: ``date``, ``time`` or ``date-time``.
        octets: The content of the octet-string.

    Raises:
        DecodeError: They are none.
        KeyError: There is no such form.
    """
    return describe(FORMS[form].decode(octets))


FORMS: dict[str, type[CosemDate | CosemTime | CosemDateTime]] = {
    "date": CosemDate,
    "time": CosemTime,
    "date-time": CosemDateTime,
}


def _date(value: CosemDate | CosemDateTime) -> dict[str, Any]:
    month = value.month
    return {
        "year": value.year,
        "month": month if month is None else _MONTHS.get(month, month),
        "day": value.day,
        "dow": value.weekday,
    }


def _time(value: CosemTime | CosemDateTime) -> dict[str, Any]:
    return {
        "hour": value.hour,
        "minute": value.minute,
        "second": value.second,
        "hundredths": value.hundredths,
    }


def _status(status: ClockStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "raw": status.raw,
        "invalid_value": status.invalid_value,
        "doubtful": status.doubtful,
        "different_base": status.different_base,
        "invalid_status": status.invalid_status,
        "daylight_saving": status.daylight_saving,
    }
