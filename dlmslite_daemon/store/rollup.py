"""Readings of one series in one step of time, as one row: exact, and added to as more come. Pure.

Each reading is merged once, in whatever order readings come, so that a row needs none of them any
more. Sums are of exact decimals; a series that is no number has a first and a last value only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum

from attrs import frozen

from dlmslite_daemon.reading import Lane, Quality, Reading, ValueKind

QUARTER_MS = 900_000

# More digits than any sum of what a meter can say; a decimal of the default context would round.
_EXACT = Context(prec=1000)


class Step(StrEnum):
    """How long a row is."""

    QUARTER = "15min"
    DAY = "day"


@frozen
class Rollup:
    """What the readings of one series in one step came to.

    Attributes:
        start_ms: Where the step begins, ms UTC.
        lane: The lane of its readings.
        unit: The unit of the last one.
        count: How many there are.
        suspect: How many of them are doubted.
        first_ms: When the first was measured, ms UTC.
        first: It, as exact text.
        last_ms: When the last was measured.
        last: It, as exact text.
        lowest: The lowest as exact decimal text; None when some are no numbers.
        highest: The highest, likewise.
        total: The sum, likewise; divided by the count it is the mean.
    """

    start_ms: int
    lane: Lane
    unit: str
    count: int
    suspect: int
    first_ms: int
    first: str
    last_ms: int
    last: str
    lowest: str | None
    highest: str | None
    total: str | None

    @property
    def mean(self) -> Decimal | None:
        """The arithmetic mean, to 28 digits; None when some are no numbers."""
        return None if self.total is None else Decimal(self.total) / self.count


def of_reading(reading: Reading, start_ms: int) -> Rollup:
    """A row of one reading."""
    text = reading.value_text()
    number = text if _is_number(reading.kind, text) else None
    return Rollup(
        start_ms=start_ms,
        lane=reading.lane,
        unit=reading.unit,
        count=1,
        suspect=int(reading.quality is not Quality.GOOD),
        first_ms=reading.ts_ms,
        first=text,
        last_ms=reading.ts_ms,
        last=text,
        lowest=number,
        highest=number,
        total=number,
    )


def merged(one: Rollup, other: Rollup) -> Rollup:
    """Two rows of the same series, step and lane as one."""
    first = min(one, other, key=lambda row: row.first_ms)
    last = max(one, other, key=lambda row: row.last_ms)
    lowest, highest, total = None, None, None
    if one.total is not None and other.total is not None:
        lowest = min(one.lowest or "", other.lowest or "", key=Decimal)
        highest = max(one.highest or "", other.highest or "", key=Decimal)
        total = format(_EXACT.add(Decimal(one.total), Decimal(other.total)), "f")
    return Rollup(
        start_ms=one.start_ms,
        lane=one.lane,
        unit=last.unit,
        count=one.count + other.count,
        suspect=one.suspect + other.suspect,
        first_ms=first.first_ms,
        first=first.first,
        last_ms=last.last_ms,
        last=last.last,
        lowest=lowest,
        highest=highest,
        total=total,
    )


def _is_number(kind: ValueKind, text: str) -> bool:
    if kind is ValueKind.INTEGER:
        return True
    if kind is not ValueKind.FLOAT:
        return False
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def quarter_of(ts_ms: int) -> int:
    """Where the quarter of an hour of a time begins, ms UTC."""
    return ts_ms // QUARTER_MS * QUARTER_MS


def day_of(ts_ms: int, zone: tzinfo | None) -> int:
    """Where the day of a time begins, ms UTC.

    Args:
        ts_ms: The time, ms UTC.
        zone: Whose days are meant; None for the host's.
    """
    local = datetime.fromtimestamp(ts_ms / 1000, UTC).astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if zone is None:
        # The host's offset of now may not be that of the midnight.
        midnight = midnight.replace(tzinfo=None)
    return round(midnight.timestamp() * 1000)


Key = tuple[int, int, Lane]


class Gathering:
    """Rows in the making, by (series, start, lane).

    Attributes:
        rows: What was gathered.
    """

    def __init__(self) -> None:
        self.rows: dict[Key, Rollup] = {}

    def add(self, series: int, fresh: Rollup) -> None:
        """Merge a row in."""
        key = (series, fresh.start_ms, fresh.lane)
        known = self.rows.get(key)
        self.rows[key] = fresh if known is None else merged(known, fresh)


def days(quarters: Iterable[tuple[int, Rollup]], zones: dict[int, tzinfo | None]) -> Gathering:
    """Quarters of an hour as days of each series' zone; every zone's midnight is a quarter's."""
    gathering = Gathering()
    starts: dict[tuple[int, tzinfo | None], int] = {}
    for series, row in quarters:
        zone = zones.get(series)
        known = (row.start_ms, zone)
        if known not in starts:
            starts[known] = day_of(row.start_ms, zone)
        gathering.add(series, _moved(row, starts[known]))
    return gathering


def _moved(row: Rollup, start_ms: int) -> Rollup:
    return Rollup(
        start_ms, row.lane, row.unit, row.count, row.suspect, row.first_ms, row.first,
        row.last_ms, row.last, row.lowest, row.highest, row.total,
    )  # fmt: skip
