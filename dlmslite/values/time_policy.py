"""How one meter's clock maps to UTC: sign of the deviation, zone, daylight saving.

In: date-times as a meter writes them. Out: aware datetimes, and back for the bounds of a range.
The rule is the standard's, UTC = local time + deviation (Blue Book 4.1.6.1). A deviation that the
meter gives always decides the instant; the zone only says in which zone it is told. Without a
deviation the zone decides, and in the hour that comes twice the status bit of daylight saving.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from dlmslite.errors import ConfigurationError, DecodeError
from dlmslite.records import frozen
from dlmslite.values.times import (
    DATE_TIME,
    DEVIATION_MAX,
    DEVIATION_MIN,
    ClockStatus,
    CosemDateTime,
)

_WEEKDAYS = frozenset({*range(1, 8), 0xFF})
_NONE = dt.timedelta(0)
_MINUTE = dt.timedelta(minutes=1)


@lru_cache
def _maybe_fixed(deviation: int) -> dt.timezone | None:
    """The zone of a deviation, None outside of the range; made once, since every row has one."""
    if not DEVIATION_MIN <= deviation <= DEVIATION_MAX:
        return None
    return dt.timezone(dt.timedelta(minutes=-deviation)) if deviation else dt.UTC


@frozen(eq=True)
class TimePolicy:
    """One meter's clock.

    Attributes:
        zone: The zone that the meter's local time follows, for date-times without a deviation and
            for telling all others; None tells each in its own deviation.
        inverted_deviation: The meter's deviation has the sign of ISO 8601, not the standard's
            (``Quirks.inverted_deviation``); its range is mirrored with it.
    """

    zone: dt.tzinfo | None = None
    inverted_deviation: bool = False

    def parse(self, value: object) -> CosemDateTime:
        """A date-time of this meter, typed or as twelve octets; it keeps the wire's sign.

        Raises:
            DecodeError: It is neither, or the octets are no date-time.
        """
        return CosemDateTime.parse(value, inverted_deviation=self.inverted_deviation)

    def decode(self, octets: bytes) -> CosemDateTime:
        """Twelve octets of this meter; the value keeps the wire's sign.

        Raises:
            DecodeError: They are no date-time.
        """
        return CosemDateTime.decode(octets, inverted_deviation=self.inverted_deviation)

    def aware(self, value: CosemDateTime, *, fold: int | None = None) -> dt.datetime:
        """The instant that a date-time of this meter names.

        Unspecified seconds and hundredths count as zero; a leap second is the second after it.

        Args:
            value: What the meter wrote.
            fold: Which of the two is meant in an hour that comes twice, 0 the first, when neither
                deviation nor status tell; None means the first.

        Raises:
            DecodeError: ``indefinite-datetime`` for wildcards, ``bad-datetime`` for a day that no
                calendar has or a deviation outside this meter's range.
            ConfigurationError: The meter gives no deviation, and the policy has no zone.
        """
        local = _naive(value)
        if value.deviation is None:
            if self.zone is None:
                raise ConfigurationError(
                    f"{value} has no deviation from UTC, so it names no instant",
                    hint="give the zone of the meter's clock",
                )
            if value.status is not None:
                fold = 0 if value.status.daylight_saving else 1
            return _in_zone(local, self.zone, fold or 0)
        tzinfo = _maybe_fixed(-value.deviation if self.inverted_deviation else value.deviation)
        if tzinfo is None:
            raise DecodeError(
                "bad-datetime", f"date-time: deviation {value.deviation} is out of range", offset=9
            )
        fixed = local.replace(tzinfo=tzinfo)
        try:
            # The deviation has decided the instant; it is told in the zone, if there is one.
            return fixed if self.zone is None else fixed.astimezone(self.zone)
        except OverflowError as error:
            raise _no_such_day(value) from error

    def aware_octets(self, octets: bytes) -> dt.datetime:
        """``aware(decode(octets))`` without the value between: the hot path of load profiles.

        Raises:
            DecodeError: The octets are no date-time, or one that names no instant.
            ConfigurationError: The meter gives no deviation, and the policy has no zone.
        """
        if len(octets) == DATE_TIME.size:
            (
                year, month, day, weekday, hour, minute, second, hundredths, deviation, _
            ) = DATE_TIME.unpack(octets)  # fmt: skip
            tzinfo = _maybe_fixed(-deviation if self.inverted_deviation else deviation)
            if tzinfo is not None and weekday in _WEEKDAYS:
                microsecond = 0 if hundredths == 0xFF else hundredths * 10000
                try:
                    fixed = dt.datetime(year, month, day, hour, minute, second, microsecond, tzinfo)
                    return fixed if self.zone is None else fixed.astimezone(self.zone)
                except (ValueError, OverflowError):
                    pass  # wildcards, leap seconds and faults: the long way names them
        return self.aware(self.decode(octets))

    def from_aware(self, moment: dt.datetime) -> CosemDateTime:
        """An instant as this meter would write it: the bound of a range.

        Args:
            moment: An aware datetime; it is cut to hundredths of a second.

        Raises:
            ConfigurationError: It is naive, so it names no instant; or its local time lies
                outside of the calendar.
        """
        offset = moment.utcoffset()
        if offset is None:
            raise ConfigurationError(
                f"{moment.isoformat()} has no zone", hint="give an aware datetime"
            )
        try:
            if self.zone is not None:
                moment = moment.astimezone(self.zone)
                offset = moment.utcoffset() or _NONE
            minutes, rest = divmod(-offset, _MINUTE)
            if rest or _maybe_fixed(minutes) is None:
                # A local mean time of the nineteenth century: no deviation can say it.
                moment, minutes = moment.astimezone(dt.UTC), 0
        except OverflowError as error:
            raise ConfigurationError(
                f"{moment.isoformat()} is at the very end of the calendar",
                hint="leave some days to the years 1 and 9999",
            ) from error
        daylight = (moment.dst() or _NONE) > _NONE
        return CosemDateTime(
            moment.year,
            moment.month,
            moment.day,
            moment.isoweekday(),
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond // 10000,
            -minutes if self.inverted_deviation else minutes,
            ClockStatus(0x80 if daylight else 0),
        )


def _naive(value: CosemDateTime) -> dt.datetime:
    definite = (
        value
        if value.second is not None
        else CosemDateTime(value.year, value.month, value.day, None, value.hour, value.minute, 0)
    )
    if not definite.is_definite:
        raise DecodeError("indefinite-datetime", f"{value} names no instant", offset=0)
    second = definite.second or 0
    try:
        moment = dt.datetime(  # noqa: DTZ001  # the meter's own clock; the caller gives it a zone
            definite.year or 0,
            definite.month or 0,
            definite.day or 0,
            definite.hour or 0,
            definite.minute or 0,
            min(second, 59),
            (value.hundredths or 0) * 10000,
        )
        return moment + dt.timedelta(seconds=second - min(second, 59))
    except (ValueError, OverflowError) as error:
        raise _no_such_day(value) from error


def _in_zone(local: dt.datetime, zone: dt.tzinfo, fold: int) -> dt.datetime:
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return first
    if before > after:  # the hour comes twice
        return second if fold else first
    # The hour is skipped: the meter's clock did not move on, so the offset before still holds.
    return first.astimezone(dt.UTC).astimezone(zone)


def _no_such_day(value: object) -> DecodeError:
    return DecodeError("bad-datetime", f"{value}: no calendar has such a day", offset=0)
