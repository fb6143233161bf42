"""Energy by day, from cumulative registers: exact differences, and every gap by its name.

A day's energy is what the register rose by, from the value that stood at its first midnight to the
value that stood at its last. Values are subtracted as decimals, nothing is interpolated: what rose
over a gap belongs to the day in which the register was heard again, and both days say that they
have a gap. A fall (a new meter, a reset) counts nothing and is named.
"""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from attrs import Factory, define, frozen

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.reports.base import (
    DAY,
    REPORTS,
    Kind,
    Report,
    Sources,
    Table,
    Window,
    Wish,
    said,
    zone_of,
)
from dlmslite_daemon.store.course import Course

UNITS = frozenset({"Wh", "varh", "VAh", "J"})
TIME_INTEGRAL = 8  # value group D of a register that counts from its first day on (IEC 62056-6-1)
GAP = 15 * 60  # s; shorter ones say nothing of a day
GAP_POLLS = 3  # intervals; a slow meter's gaps are longer

# Nothing may be rounded: the largest and the smallest float are 632 digits apart.
_EXACT = decimal.Context(prec=2000)


@frozen
class Day:
    """A day of some zone, cut to the window.

    Attributes:
        date: Which one.
        since_ms: Its begin, ms UTC.
        until_ms: Its end.
    """

    date: dt.date
    since_ms: int
    until_ms: int


@frozen
class Fall:
    """A register that went backwards.

    Attributes:
        ts_ms: When that was seen, ms UTC.
        before: What it said.
        after: What it said then.
    """

    ts_ms: int
    before: Decimal
    after: Decimal


@define
class DayEnergy:
    """What one register rose by in one day.

    Attributes:
        day: The day.
        energy: The rise; None if it was not heard that day.
        first: The value that stood at the day's begin, or the first one after it; None without.
        last: The value that stood at its end; None if it was not heard that day.
        gaps: Spans without a value, cut to the day, ms UTC.
        falls: Where it went backwards.
    """

    day: Day
    energy: Decimal | None = None
    first: Decimal | None = None
    last: Decimal | None = None
    gaps: list[tuple[int, int]] = Factory(list)
    falls: list[Fall] = Factory(list)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing in it."""
        return self.energy is not None and not self.gaps and not self.falls


@frozen
class Register:
    """One register's days.

    Attributes:
        meter: The meter's number.
        name: Its name.
        series: The series.
        unit: Its unit.
        days: Its days, in order.
    """

    meter: int
    name: str
    series: str
    unit: str
    days: tuple[DayEnergy, ...]


def days_of(window: Window, zone: dt.tzinfo | None) -> list[Day]:
    """The days of a zone that a window touches, cut to it."""
    first = dt.datetime.fromtimestamp(window.since_ms / 1000, dt.UTC).astimezone(zone).date()
    days: list[Day] = []
    since, date = window.since_ms, first
    while since < window.until_ms:
        following = date + dt.timedelta(days=1)
        midnight = dt.datetime.combine(following, dt.time())
        aware = midnight.astimezone() if zone is None else midnight.replace(tzinfo=zone)
        until = min(window.until_ms, int(aware.timestamp() * 1000))
        # A zone may leave a whole day out (Samoa, 2011).
        if until > since:
            days.append(Day(date, since, until))
        since, date = max(since, until), following
    return days


def energy_of(course: Course, days: Sequence[Day], gap_ms: int) -> list[DayEnergy]:
    """What a register rose by, day by day.

    Args:
        course: Its course, with the days' begins and the end of the last one as bounds.
        days: The days, one after the other.
        gap_ms: Values further apart than this have a gap between them.
    """
    heard = [(r.ts_ms, value) for r in course.landmarks if (value := number_of(r)) is not None]
    found = [DayEnergy(day) for day in days]
    begin, end = days[0].since_ms, days[-1].until_ms
    edges = [(begin, heard[0][0]), (heard[-1][0], end)] if heard else [(begin, end)]
    gaps = [*course.gaps, *(edge for edge in edges if edge[1] - edge[0] > gap_ms)]
    for entry in found:
        _fill(entry, heard)
        entry.gaps += sorted(_within(entry.day, gaps))
    return found


def _fill(entry: DayEnergy, heard: Sequence[tuple[int, Decimal]]) -> None:
    """Fill in what the values say of a day."""
    day = entry.day
    standing = [one for one in heard if one[0] <= day.since_ms][-1:]
    within = [one for one in heard if day.since_ms < one[0] <= day.until_ms]
    if not within:
        return
    values = [*standing, *within]
    entry.first, entry.last = values[0][1], values[-1][1]
    entry.energy = _EXACT.subtract(entry.last, entry.last)  # nought, with the register's digits
    for (_, before), (ts_ms, after) in itertools.pairwise(values):
        if after >= before:
            entry.energy = _EXACT.add(entry.energy, _EXACT.subtract(after, before))
        else:
            entry.falls.append(Fall(ts_ms, before, after))


def _within(day: Day, gaps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    cut = ((max(begin, day.since_ms), min(end, day.until_ms)) for begin, end in gaps)
    return [(begin, end) for begin, end in cut if begin < end]


def number_of(reading: Reading) -> Decimal | None:
    """A reading's value as a number; None if it is none."""
    if reading.kind not in {ValueKind.INTEGER, ValueKind.FLOAT}:
        return None
    value = Decimal(reading.value_text())
    return value if value.is_finite() else None


def is_register(series: SeriesSettings, unit: str) -> bool:
    """Whether a series is a cumulative energy register, by its unit and its OBIS code."""
    groups = re.findall(r"\d+", series.obis)
    return unit in UNITS and int(groups[3]) == TIME_INTEGRAL


def gap_of(settings: MeterSettings) -> int:
    """How far apart a meter's values may lie before that is a gap, ms."""
    return int(max(GAP, GAP_POLLS * settings.every) * 1000)


def gather(sources: Sources, wish: Wish) -> list[Register]:
    """Ask the store for the course of every register.

    Raises:
        UnknownMeter: There is no such meter.
        BridgeError: There is no such zone.
    """
    store = sources.store
    days = days_of(wish.window, zone_of(wish.zone))
    bounds = [*(day.since_ms for day in days), days[-1].until_ms]
    meters = [store.meter(wish.meter)] if wish.meter else store.meters()
    registers = []
    for record in meters:
        latest, gap_ms = store.latest(record.name), gap_of(record.settings)
        for one in record.settings.series:
            unit = latest[one.key].unit if one.key in latest else one.unit
            if is_register(one, unit):
                course = store.course(record.name, one.key, bounds, gap_ms)
                found = tuple(energy_of(course, days, gap_ms))
                registers.append(Register(record.id, record.name, one.key, unit, found))
    return registers


def energy(registers: Sequence[Register], wish: Wish, made_ms: int) -> Report:
    """The report of these registers."""
    zone = zone_of(wish.zone)
    entries = [(register, entry) for register in registers for entry in register.days]
    heard = [entry for _, entry in entries if entry.energy is not None]
    partial = [entry for _, entry in entries if not entry.complete]
    verdict = "complete" if heard and not partial else "incomplete" if heard else "no data"
    name = wish.zone or "the host's time zone"
    return Report(
        kind="energy",
        title=f"Energy by day ({name})",
        window=wish.window,
        made_ms=made_ms,
        verdict=verdict,
        exit_code={"complete": 0, "incomplete": 1}.get(verdict, 2),
        data={"zone": wish.zone or None, "registers": [_view(register) for register in registers]},
        sections=(
            _table(entries, zone),
            *said(_falls(entries, zone), "registers that fell"),
        ),
        sheet=_sheet(entries, zone),
    )


def _view(register: Register) -> dict[str, Any]:
    return {
        "meter_id": register.meter,
        "meter": register.name,
        "series": register.series,
        "unit": register.unit,
        "days": [
            {
                "day": entry.day.date.isoformat(),
                "since": entry.day.since_ms,
                "until": entry.day.until_ms,
                "energy": entry.energy,
                "first": entry.first,
                "last": entry.last,
                "complete": entry.complete,
                "gaps": [{"since": begin, "until": end} for begin, end in entry.gaps],
                "falls": [
                    {"ts": fall.ts_ms, "before": fall.before, "after": fall.after}
                    for fall in entry.falls
                ],
            }
            for entry in register.days
        ],
    }


Entries = Sequence[tuple[Register, DayEnergy]]


def _table(entries: Entries, zone: dt.tzinfo | None) -> Table:
    columns = ("day", "meter", "series", ">energy", "unit", ">first", ">last", "gaps")
    rows = tuple(
        (
            entry.day.date.isoformat(),
            register.name,
            register.series,
            entry.energy,
            register.unit,
            entry.first,
            entry.last,
            _gaps(entry, zone),
        )
        for register, entry in entries
    )
    empty = "no series is a cumulative energy register (OBIS x.x.x.8.x, unit Wh, varh or VAh)"
    return Table("energy", columns, rows, empty)


def _sheet(entries: Entries, zone: dt.tzinfo | None) -> Table:
    columns = ("day", "meter", "series", "energy", "unit", "first", "last", "complete", "gaps")
    rows = tuple(
        (
            entry.day.date.isoformat(),
            register.name,
            register.series,
            entry.energy,
            register.unit,
            entry.first,
            entry.last,
            "yes" if entry.complete else "no",
            _gaps(entry, zone),
        )
        for register, entry in entries
    )
    return Table("energy", columns, rows)


def _gaps(entry: DayEnergy, zone: dt.tzinfo | None) -> str | None:
    return "; ".join(f"{_clock(a, zone)} to {_clock(b, zone)}" for a, b in entry.gaps) or None


def _falls(entries: Entries, zone: dt.tzinfo | None) -> list[str]:
    return [
        f"{register.name} {register.series} {entry.day.date.isoformat()}: fell from"
        f" {fall.before:f} to {fall.after:f} {register.unit} at {_clock(fall.ts_ms, zone)};"
        " the fall is not counted"
        for register, entry in entries
        for fall in entry.falls
    ]


def _clock(ms: int, zone: dt.tzinfo | None) -> str:
    when = dt.datetime.fromtimestamp(ms // 1000, dt.UTC).astimezone(zone)
    return when.strftime("%H:%M:%S")


def _make(sources: Sources, wish: Wish) -> Report:
    return energy(gather(sources, wish), wish, sources.clock.utc_ms())


REPORTS.add("energy", Kind(_make, "energy by day from cumulative registers", 7 * DAY, sheet=True))
