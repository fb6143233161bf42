"""(8) Clock: time, zone and daylight saving. IEC 62056-6-2, clause 4.5.1.

``time_zone`` and ``deviation`` are minutes with the sign of the deviation of a date-time: from
local time to UTC. ``time_zone`` is that of normal time, without daylight saving.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from dlmslite.codes import OpenEnum
from dlmslite.cosem import meaning
from dlmslite.cosem.base import Attribute, InterfaceClass, Method, interface_class
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import UNSPECIFIED, ClockStatus


class ClockBase(OpenEnum):
    """What the clock counts."""

    NOT_DEFINED = 0
    INTERNAL_CRYSTAL = 1
    MAINS_FREQUENCY_50_HZ = 2
    MAINS_FREQUENCY_60_HZ = 3
    GPS = 4
    RADIO_CONTROLLED = 5


def _status(plain: Any, policy: TimePolicy) -> ClockStatus | None:
    octet = meaning.integer(plain, policy)
    if not 0 <= octet <= UNSPECIFIED:
        raise meaning.refused("a clock status", plain)
    return None if octet == UNSPECIFIED else ClockStatus(octet)


def _clock_base(plain: Any, policy: TimePolicy) -> ClockBase:
    code = meaning.integer(plain, policy)
    if not 0 <= code <= 0xFF:
        raise meaning.refused("a clock base", plain)
    return ClockBase(code)


@interface_class
class Clock(InterfaceClass):
    """The meter's clock."""

    CLASS_ID: ClassVar[int] = 8
    NAME: ClassVar[str] = "Clock"
    VERSIONS: ClassVar[range] = range(1)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "time", meaning.date_time),
        Attribute(3, "time_zone", meaning.integer),
        Attribute(4, "status", _status),
        Attribute(5, "daylight_savings_begin", meaning.date_time),
        Attribute(6, "daylight_savings_end", meaning.date_time),
        Attribute(7, "daylight_savings_deviation", meaning.integer),
        Attribute(8, "daylight_savings_enabled", meaning.boolean),
        Attribute(9, "clock_base", _clock_base),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (
        Method(1, "adjust_to_quarter"),
        Method(2, "adjust_to_measuring_period"),
        Method(3, "adjust_to_minute"),
        Method(4, "adjust_to_preset_time"),
        Method(5, "preset_adjusting_time"),
        Method(6, "shift_time"),
    )


def drift(
    meter: dt.datetime, before: dt.datetime, after: dt.datetime | None = None
) -> dt.timedelta:
    """How far the meter's clock is ahead of ours; negative when it is behind.

    Args:
        meter: What the meter said, aware.
        before: Our time when it was asked, aware.
        after: Our time when it had answered; the meter is taken to have looked halfway between.
    """
    asked = before if after is None else before + (after - before) / 2
    return meter - asked
