"""The timestamps of a load profile as aware datetimes, a day at a time.

Rows of one day share all of a timestamp but its time of day. So midnight is worked out once for
each day, by the time policy with all that it knows of zones and deviations; the rest of the day is
an addition. A day on which the clock is set forward or back gets no such shortcut.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dlmslite.errors import DecodeError
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import CosemDateTime

DAYS_MAX = 4096  # days kept: ten years; then all are forgotten, so that no stream fills the memory

_MINUTES_OF_DAY = [
    [dt.timedelta(hours=hour, minutes=minute) for minute in range(60)] for hour in range(24)
]
_MIDNIGHT = b"\0\0\0"  # hour, minute, second
_LAST_MINUTE = bytes((23, 59, 0))


class DayClock:
    """A timestamp to the instant that it names, for one meter."""

    def __init__(self, policy: TimePolicy) -> None:
        self._policy = policy
        # By year, month, day and weekday: midnight, and the octets behind the seconds that it is
        # true for (hundredths, deviation, status).
        self._days: dict[bytes, tuple[dt.datetime, bytes]] = {}

    def aware(self, value: Any) -> dt.datetime | None:
        """What ``TimePolicy`` says of a timestamp, sooner.

        Args:
            value: The octets of a date-time, a ``CosemDateTime``, or None.

        Raises:
            DecodeError: It is no date-time, or one that names no instant.
            ConfigurationError: The meter gives no deviation, and the policy has no zone.
        """
        try:
            midnight, rest = self._days[value[:5]]
            if value[8:] == rest and not value[7]:
                time_of_day: dt.timedelta = _MINUTES_OF_DAY[value[5]][value[6]]
                return midnight + time_of_day
        except (LookupError, TypeError):
            pass  # another day, no time of day, or no octets
        if value is None:
            return None
        if not isinstance(value, bytes):
            return self._policy.aware(CosemDateTime.parse(value))
        moment = self._policy.aware_octets(value)
        self._learn(value)
        return moment

    def _learn(self, octets: bytes) -> None:
        """Keep the midnight of a timestamp's day, if the clock runs evenly from then on."""
        try:
            midnight = self._policy.aware_octets(octets[:5] + _MIDNIGHT + octets[8:])
            last = self._policy.aware_octets(octets[:5] + _LAST_MINUTE + octets[8:])
        except DecodeError:
            return  # the calendar begins or ends on this day
        if midnight.utcoffset() == last.utcoffset() and not (midnight.fold or last.fold):
            if len(self._days) >= DAYS_MAX:
                self._days.clear()
            self._days[octets[:5]] = midnight, octets[8:]
