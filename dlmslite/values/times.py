"""COSEM date, time and date-time with wildcards, deviation and clock status.

Five, four and twelve octets (IEC 62056-6-2, clause 4.1.6.1; Blue Book 4.1.6.1). Every field may be
unspecified, and then it is None here. Month and day have special values that need a calendar of
their own (``DST_BEGIN``, ``LAST_DAY`` …) and stay numbers. The values are what the octets say, no
more: which instant they mean is decided in ``time_policy.py``.
"""

from __future__ import annotations

import struct
from typing import Self

from construct import Byte, ExprValidator, Int16sb, Int16ub, Struct

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen

YEAR_UNSPECIFIED = 0xFFFF
UNSPECIFIED = 0xFF  # of every field of one octet, the clock status included
DEVIATION_UNSPECIFIED = -0x8000  # minutes; 0x8000 on the wire

DST_END = 0xFD  # month: daylight saving ends in it
DST_BEGIN = 0xFE  # month: daylight saving begins in it
SECOND_LAST_DAY = 0xFD  # day of month
LAST_DAY = 0xFE  # day of month

# Minutes from local time to UTC: UTC+14 is the easternmost zone in use, UTC-12 the westernmost. The
# standard says -720 to 720 and so has no New Zealand summer (-780).
DEVIATION_MIN = -840
DEVIATION_MAX = 720

# What a field may hold; None is unspecified. Second 60 is a leap second.
_MONTHS = frozenset({None, *range(1, 13), DST_END, DST_BEGIN})
_DAYS = frozenset({None, *range(1, 32), SECOND_LAST_DAY, LAST_DAY})
_WEEKDAYS = frozenset({None, *range(1, 8)})
_HOURS = frozenset({None, *range(24)})
_MINUTES = frozenset({None, *range(60)})
_SECONDS = frozenset({None, *range(61)})
_HUNDREDTHS = frozenset({None, *range(100)})
_STANDARD_DEVIATIONS = range(DEVIATION_MIN, DEVIATION_MAX + 1)
_DEVIATIONS = frozenset({None, *range(DEVIATION_MIN, -DEVIATION_MIN + 1)})  # of either sign

_DATE = struct.Struct(">HBBB")
_TIME = struct.Struct(">BBBB")
DATE_TIME = struct.Struct(">HBBBBBBBhB")  # the fields of a CosemDateTime, in wire order


def _one_of(kind: object, allowed: frozenset[int | None], unspecified: int) -> ExprValidator:
    wire = {unspecified if value is None else value for value in allowed}
    return ExprValidator(kind, lambda value, _: value in wire)


# The readable truth about the octets; the decoders below are held equal to it by a property test.
_DATE_WIRE = Struct(
    "year" / Int16ub,
    "month" / _one_of(Byte, _MONTHS, UNSPECIFIED),
    "day" / _one_of(Byte, _DAYS, UNSPECIFIED),
    "weekday" / _one_of(Byte, _WEEKDAYS, UNSPECIFIED),
)
_TIME_WIRE = Struct(
    "hour" / _one_of(Byte, _HOURS, UNSPECIFIED),
    "minute" / _one_of(Byte, _MINUTES, UNSPECIFIED),
    "second" / _one_of(Byte, _SECONDS, UNSPECIFIED),
    "hundredths" / _one_of(Byte, _HUNDREDTHS, UNSPECIFIED),
)
_WIRE = Struct(
    "date" / _DATE_WIRE,
    "time" / _TIME_WIRE,
    "deviation" / _one_of(Int16sb, frozenset({None, *_STANDARD_DEVIATIONS}), DEVIATION_UNSPECIFIED),
    "status" / Byte,
)

_MONTH_NAMES = {None: "**", DST_BEGIN: "dst-begin", DST_END: "dst-end"}
_DAY_NAMES = {None: "**", LAST_DAY: "last", SECOND_LAST_DAY: "second-last"}

# Where a field begins in a date-time; a date begins at 0, a time at 5.
_OFFSETS = {
    "year": 0, "month": 2, "day": 3, "day of week": 4,
    "hour": 5, "minute": 6, "second": 7, "hundredths": 8, "deviation": 9,
}  # fmt: skip


class _FieldError(EncodeError):
    """A field outside its range; the decoders turn it into a DecodeError at its octet."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field} {value!r} is out of range")
        self.field = field


@frozen(order=True)
class ClockStatus:
    """The status octet of a meter's clock: shown, never trusted.

    Attributes:
        raw: The octet; 0xFF never stands here, it is "not specified".
    """

    raw: int

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.raw < UNSPECIFIED:
            raise EncodeError(f"clock status {self.raw!r} is out of range")

    @property
    def invalid_value(self) -> bool:
        """The time could not be recovered after an incident."""
        return bool(self.raw & 0x01)

    @property
    def doubtful(self) -> bool:
        """The time was recovered, but may be wrong."""
        return bool(self.raw & 0x02)

    @property
    def different_base(self) -> bool:
        """The clock ran on another timebase than it should."""
        return bool(self.raw & 0x04)

    @property
    def invalid_status(self) -> bool:
        """At least one of the other bits means nothing."""
        return bool(self.raw & 0x08)

    @property
    def daylight_saving(self) -> bool:
        """Daylight saving was active: the deviation includes it."""
        return bool(self.raw & 0x80)


_STATUSES = (*map(ClockStatus, range(UNSPECIFIED)), None)  # by octet


@frozen
class CosemDate:
    """A date of five octets.

    Attributes:
        year: 0 to 65534, or None.
        month: 1 to 12, ``DST_BEGIN``, ``DST_END``, or None.
        day: 1 to 31, ``LAST_DAY``, ``SECOND_LAST_DAY``, or None.
        weekday: 1 (Monday) to 7, or None.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_date(self)

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """The date that five octets are.

        Raises:
            DecodeError: ``bad-length``, or ``bad-datetime`` for a field outside its range.
        """
        if len(octets) != _DATE.size:
            raise _bad_length("date", _DATE.size, octets)
        year, *rest = _DATE.unpack(octets)
        try:
            return cls(None if year == YEAR_UNSPECIFIED else year, *map(_maybe, rest))
        except _FieldError as error:
            raise _refused("date", error, 0) from error

    def encode(self) -> bytes:
        """The five octets."""
        return _DATE.pack(*_date_octets(self))

    def __str__(self) -> str:
        return _date_text(self)


@frozen
class CosemTime:
    """A time of day of four octets.

    Attributes:
        hour: 0 to 23, or None.
        minute: 0 to 59, or None.
        second: 0 to 59, 60 for a leap second, or None.
        hundredths: Hundredths of a second, 0 to 99, or None.
    """

    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None

    def __attrs_post_init__(self) -> None:
        _check_time(self)

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """The time that four octets are.

        Raises:
            DecodeError: ``bad-length``, or ``bad-datetime`` for a field outside its range.
        """
        if len(octets) != _TIME.size:
            raise _bad_length("time", _TIME.size, octets)
        try:
            return cls(*map(_maybe, _TIME.unpack(octets)))
        except _FieldError as error:
            raise _refused("time", error, _DATE.size) from error

    def encode(self) -> bytes:
        """The four octets."""
        return _TIME.pack(*_time_octets(self))

    def __str__(self) -> str:
        return _time_text(self)


@frozen(eq=True)
class CosemDateTime:
    """A date and time of twelve octets.

    Attributes:
        year, month, day, weekday: As in ``CosemDate``.
        hour, minute, second, hundredths: As in ``CosemTime``.
        deviation: Minutes from local time to UTC as on the wire (UTC = local + deviation; Central
            European winter is -60), or None.
        status: What the meter says of its clock, or None.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    hundredths: int | None = None
    deviation: int | None = None
    status: ClockStatus | None = None

    def __attrs_post_init__(self) -> None:
        _check_date(self)
        _check_time(self)
        if self.deviation not in _DEVIATIONS:
            raise _FieldError("deviation", self.deviation)

    @classmethod
    def parse(cls, value: object, *, inverted_deviation: bool = False) -> CosemDateTime:
        """A date-time in whichever plain form it came: typed (tag 25), or as twelve octets.

        Raises:
            DecodeError: It is neither, or the octets are no date-time.
        """
        if isinstance(value, CosemDateTime):
            return value
        if isinstance(value, bytes):
            return cls.decode(value, inverted_deviation=inverted_deviation)
        raise DecodeError("bad-type", f"no date-time: {type(value).__name__}", offset=0)

    @classmethod
    def decode(cls, octets: bytes, *, inverted_deviation: bool = False) -> Self:
        """The date-time that twelve octets are.

        Args:
            octets: The content, without tag and length.
            inverted_deviation: The meter writes the deviation with the other sign, so that its
                range is mirrored (``Quirks.inverted_deviation``); the value keeps the wire's sign.

        Raises:
            DecodeError: ``bad-length``, or ``bad-datetime`` for a field outside its range.
        """
        if len(octets) != DATE_TIME.size:
            raise _bad_length("date-time", DATE_TIME.size, octets)
        (
            year, month, day, weekday, hour, minute, second, hundredths, deviation, status
        ) = DATE_TIME.unpack(octets)  # fmt: skip
        minutes = -deviation if inverted_deviation else deviation
        if deviation == DEVIATION_UNSPECIFIED:
            deviation = None
        elif minutes not in _STANDARD_DEVIATIONS:
            raise _refused("date-time", _FieldError("deviation", deviation), 0)
        try:
            return cls(
                None if year == YEAR_UNSPECIFIED else year,
                None if month == UNSPECIFIED else month,
                None if day == UNSPECIFIED else day,
                None if weekday == UNSPECIFIED else weekday,
                None if hour == UNSPECIFIED else hour,
                None if minute == UNSPECIFIED else minute,
                None if second == UNSPECIFIED else second,
                None if hundredths == UNSPECIFIED else hundredths,
                deviation,
                _STATUSES[status],
            )
        except _FieldError as error:
            raise _refused("date-time", error, 0) from error

    def encode(self) -> bytes:
        """The twelve octets."""
        return DATE_TIME.pack(
            *_date_octets(self),
            *_time_octets(self),
            DEVIATION_UNSPECIFIED if self.deviation is None else self.deviation,
            UNSPECIFIED if self.status is None else self.status.raw,
        )

    @property
    def date(self) -> CosemDate:
        """The date alone."""
        return CosemDate(self.year, self.month, self.day, self.weekday)

    @property
    def time(self) -> CosemTime:
        """The time of day alone."""
        return CosemTime(self.hour, self.minute, self.second, self.hundredths)

    @property
    def is_definite(self) -> bool:
        """Whether it names one second of one day, by the meter's own clock."""
        fields = (self.year, self.hour, self.minute, self.second)
        return None not in fields and not (self.month in _MONTH_NAMES or self.day in _DAY_NAMES)

    def maybe_iso(self) -> str | None:
        """ISO 8601 text, with the offset's usual sign; None unless it is definite."""
        if not self.is_definite:
            return None
        return f"{_date_text(self)}T{_time_text(self)}{_offset_text(self.deviation)}"

    def __str__(self) -> str:
        return f"{_date_text(self)} {_time_text(self)}{_offset_text(self.deviation)}"


def _check_date(value: CosemDate | CosemDateTime) -> None:
    if value.year is not None and not 0 <= value.year < YEAR_UNSPECIFIED:
        raise _FieldError("year", value.year)
    if value.month not in _MONTHS:
        raise _FieldError("month", value.month)
    if value.day not in _DAYS:
        raise _FieldError("day", value.day)
    if value.weekday not in _WEEKDAYS:
        raise _FieldError("day of week", value.weekday)


def _check_time(value: CosemTime | CosemDateTime) -> None:
    if value.hour not in _HOURS:
        raise _FieldError("hour", value.hour)
    if value.minute not in _MINUTES:
        raise _FieldError("minute", value.minute)
    if value.second not in _SECONDS:
        raise _FieldError("second", value.second)
    if value.hundredths not in _HUNDREDTHS:
        raise _FieldError("hundredths", value.hundredths)


def _date_octets(value: CosemDate | CosemDateTime) -> tuple[int, ...]:
    year = YEAR_UNSPECIFIED if value.year is None else value.year
    return year, *map(_octet, (value.month, value.day, value.weekday))


def _time_octets(value: CosemTime | CosemDateTime) -> tuple[int, ...]:
    return tuple(map(_octet, (value.hour, value.minute, value.second, value.hundredths)))


def _maybe(octet: int) -> int | None:
    return None if octet == UNSPECIFIED else octet


def _octet(field: int | None) -> int:
    return UNSPECIFIED if field is None else field


def _bad_length(what: str, size: int, octets: bytes) -> DecodeError:
    return DecodeError("bad-length", f"a {what} has {size} octets, not {len(octets)}", offset=0)


def _refused(what: str, error: _FieldError, start: int) -> DecodeError:
    return DecodeError("bad-datetime", f"{what}: {error}", offset=_OFFSETS[error.field] - start)


def _date_text(value: CosemDate | CosemDateTime) -> str:
    year = "****" if value.year is None else f"{value.year:04}"
    month = _MONTH_NAMES.get(value.month) or f"{value.month:02}"
    day = _DAY_NAMES.get(value.day) or f"{value.day:02}"
    return f"{year}-{month}-{day}"


def _time_text(value: CosemTime | CosemDateTime) -> str:
    fields = (value.hour, value.minute, value.second)
    text = ":".join("**" if field is None else f"{field:02}" for field in fields)
    return f"{text}.{value.hundredths:02}" if value.hundredths else text


def _offset_text(deviation: int | None) -> str:
    if deviation is None:
        return ""
    hours, minutes = divmod(abs(deviation), 60)
    return f"{'+' if deviation <= 0 else '-'}{hours:02}:{minutes:02}"
