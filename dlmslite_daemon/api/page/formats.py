"""How figures, spans and times are written on the page; pure, the same in every language."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal

NOTHING = "\N{EN DASH}"
"""What stands where nothing is known."""

_SIZES = ("kB", "MB", "GB", "TB")


def zone_of(name: str | None) -> dt.tzinfo:
    """The zone of a name as browsers give it; UTC for one that this machine does not know."""
    if name and len(name) <= 64:
        try:
            return zoneinfo.ZoneInfo(name)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            return dt.UTC
    return dt.UTC


def span(seconds: float | None) -> str:
    """A span in its two largest units: ``42 s``, ``3 min``, ``2 h 5 min``, ``4 d 1 h``."""
    if seconds is None:
        return NOTHING
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def seconds(value: float | Decimal | None) -> str:
    """A short span with its fraction: ``0.21 s``, ``480 ms`` below a tenth of a second."""
    if value is None:
        return NOTHING
    if value < Decimal("0.1"):
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s"


def percent(ratio: float | Decimal | None) -> str:
    """A ratio of 0 to 1 in percent, one digit after the point unless it is whole."""
    if ratio is None:
        return NOTHING
    text = f"{Decimal(str(ratio)) * 100:.1f}".removesuffix(".0")
    return f"{text} %"


def count(value: int | None) -> str:
    """A whole number in groups of three."""
    return NOTHING if value is None else f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def size(octets: float | None) -> str:
    """A size: ``512 B``, ``1.4 MB``."""
    if octets is None:
        return NOTHING
    value = float(octets)
    if value < 1000:
        return f"{value:.0f} B"
    steps = 0
    while value >= 1000 and steps < len(_SIZES):
        value /= 1000
        steps += 1
    return f"{value:.1f} {_SIZES[steps - 1]}"


def utc(ms: int) -> str:
    """A moment in UTC, as it stands in titles."""
    moment = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def stamp(ms: int, zone: dt.tzinfo) -> str:
    """A moment in the viewer's zone, with its date whatever day it is."""
    return f"{dt.datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M}"


def local(ms: int, now_ms: int, zone: dt.tzinfo) -> str:
    """A moment in the viewer's zone: the time of today, or date and time of another day."""
    moment = dt.datetime.fromtimestamp(ms / 1000, zone)
    today = dt.datetime.fromtimestamp(now_ms / 1000, zone).date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M:%S}"
