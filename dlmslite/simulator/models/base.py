"""What every simulated meter is made of: data, registers, a clock, tables of captured values.

Each is an object whose value is a function of the time at which it is asked, so a meter
goes on measuring while nobody reads it, and a test can say what it must have said.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Sequence

from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError
from dlmslite.records import frozen
from dlmslite.simulator.meter import Answer, Selection, SimulatedObject, array, structure
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import ClockStatus, CosemDateTime
from dlmslite.values.units import Unit

EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)  # when simulated meters began to measure
CLOCK = Obis.parse("0.0.1.0.0.255")

DATA, REGISTER, PROFILE_GENERIC, CLOCK_CLASS = 1, 3, 7, 8
FIFO = 1  # sort_method: the oldest row goes first (Blue Book 4.3.6.2.5)
CRYSTAL = 1  # clock_base (Blue Book 4.5.1.2.9)
DAYLIGHT_SAVING = 0x80  # of the clock status (Blue Book 4.1.6.1)

Measure = Callable[[dt.datetime], int]


def data(obis: Obis, value: Data) -> SimulatedObject:
    """An object of class Data with a value that never changes."""
    return SimulatedObject(DATA, obis, {2: value})


def register(
    obis: Obis, measure: Measure, kind: DataType, scaler: int, unit: Unit
) -> SimulatedObject:
    """A register: what it measures is a function of time."""

    def value(when: dt.datetime, selection: Selection) -> Answer:
        if selection is not None:
            return DataAccessResult.OTHER_REASON
        return Data.of(kind, measure(when))

    scaler_unit = structure(Data.of(DataType.INTEGER, scaler), Data.of(DataType.ENUM, unit))
    return SimulatedObject(REGISTER, obis, {2: value, 3: scaler_unit})


@frozen
class MeterClock:
    """The clock of a meter: local time with deviation and status.

    Attributes:
        zone: The zone that it shows, with daylight saving where the zone has it.
        offset: How far it is ahead of the time that it is asked at.
    """

    zone: dt.tzinfo
    offset: dt.timedelta = dt.timedelta(0)

    def shown(self, when: dt.datetime) -> CosemDateTime:
        """A time as this meter writes it."""
        local = when.astimezone(self.zone)
        return CosemDateTime(
            year=local.year,
            month=local.month,
            day=local.day,
            weekday=local.isoweekday(),
            hour=local.hour,
            minute=local.minute,
            second=local.second,
            hundredths=local.microsecond // 10_000,
            deviation=_minutes_to_utc(local),
            status=ClockStatus(DAYLIGHT_SAVING if local.dst() else 0),
        )

    def octets(self, when: dt.datetime) -> Data:
        """The same as the octet-string that stands in a row."""
        return Data.of(DataType.OCTET_STRING, self.shown(when).encode())

    def as_object(self) -> SimulatedObject:
        """The clock object."""

        def time(when: dt.datetime, selection: Selection) -> Answer:
            if selection is not None:
                return DataAccessResult.OTHER_REASON
            return self.octets(when + self.offset)

        standard = _minutes_to_utc(dt.datetime(2024, 1, 1, tzinfo=self.zone))
        never = CosemDateTime().encode()
        return SimulatedObject(
            CLOCK_CLASS,
            CLOCK,
            {
                2: time,
                3: Data.of(DataType.LONG, standard),
                4: Data.of(DataType.UNSIGNED, 0),
                5: Data.of(DataType.OCTET_STRING, never),
                6: Data.of(DataType.OCTET_STRING, never),
                7: Data.of(DataType.INTEGER, 0),
                8: Data.of(DataType.BOOLEAN, False),
                9: Data.of(DataType.ENUM, CRYSTAL),
            },
        )


@frozen
class Captured:
    """A column of a table.

    Attributes:
        class_id: The class of the captured object.
        obis: Its name; attribute 2 of it is captured.
        cell: What stands in the row of a time.
    """

    class_id: int
    obis: Obis
    cell: Callable[[dt.datetime], Data]


@frozen
class CapturedTable:
    """A profile generic object: rows at times, columns of captured values.

    Attributes:
        obis: Its logical name.
        columns: What is captured.
        period: Seconds between two rows; 0 where events decide.
        capacity: How many rows are kept.
        times: The time of every row that the meter has by a time, oldest first.
        clock: Writes the times, and reads those of a selection.
    """

    obis: Obis
    columns: tuple[Captured, ...]
    period: int
    capacity: int
    times: Callable[[dt.datetime], Sequence[dt.datetime]]
    clock: MeterClock

    def as_object(self) -> SimulatedObject:
        """The object, version 1."""
        return SimulatedObject(
            PROFILE_GENERIC,
            self.obis,
            {
                2: self.buffer,
                3: array(_capture_object(item.class_id, item.obis) for item in self.columns),
                4: Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.period),
                5: Data.of(DataType.ENUM, FIFO),
                6: _capture_object(CLOCK_CLASS, CLOCK),
                7: lambda when, _: Data.of(DataType.DOUBLE_LONG_UNSIGNED, len(self._kept(when))),
                8: Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.capacity),
            },
            version=1,
        )

    def buffer(self, when: dt.datetime, selection: Selection) -> Answer:
        """The rows of a selection (Blue Book 4.3.6: selectors 1 and 2)."""
        times = self._kept(when)
        columns: Sequence[Captured] = self.columns
        match selection:
            case RangeDescriptor():
                chosen = self._in_range(times, selection)
                if chosen is None:
                    return DataAccessResult.TYPE_UNMATCHED
                times = chosen
                if selection.selected_values:
                    wanted = {item.obis for item in selection.selected_values}
                    columns = [item for item in columns if item.obis in wanted]
            case EntryDescriptor():
                end = selection.to_entry or len(times)
                times = times[max(selection.from_entry, 1) - 1 : end]
                columns = columns[max(selection.from_column, 1) - 1 : selection.to_column or None]
        return array(structure(*(item.cell(time) for item in columns)) for time in times)

    def _kept(self, when: dt.datetime) -> Sequence[dt.datetime]:
        return self.times(when + self.clock.offset)[-self.capacity :]

    def _in_range(
        self, times: Sequence[dt.datetime], selection: RangeDescriptor
    ) -> Sequence[dt.datetime] | None:
        policy = TimePolicy(self.clock.zone)  # bounds without a deviation are local time
        try:
            start = policy.aware(CosemDateTime.parse(selection.from_value.plain))
            end = policy.aware(CosemDateTime.parse(selection.to_value.plain))
        except DecodeError:
            return None
        return [time for time in times if start <= time <= end]


def every(period: int, capacity: int) -> Callable[[dt.datetime], list[dt.datetime]]:
    """The times of a table that captures every ``period`` seconds since the epoch."""

    def times(when: dt.datetime) -> list[dt.datetime]:
        last = int((when - EPOCH).total_seconds()) // period
        first = max(0, last - capacity + 1)
        return [EPOCH + dt.timedelta(seconds=period * slot) for slot in range(first, last + 1)]

    return times


def column(obis: Obis, measure: Measure, kind: DataType) -> Captured:
    """A column that captures what a register measures."""
    return Captured(REGISTER, obis, lambda time: Data.of(kind, measure(time)))


def noise(seed: int, name: str, when: dt.datetime, width: int) -> int:
    """A whole number within ``width`` of zero: for one meter, name and second always the same."""
    text = f"{seed}/{name}/{int(when.timestamp())}"
    return zlib.crc32(text.encode()) % (2 * width + 1) - width


def _capture_object(class_id: int, obis: Obis) -> Data:
    return structure(
        Data.of(DataType.LONG_UNSIGNED, class_id),
        Data.of(DataType.OCTET_STRING, obis.octets),
        Data.of(DataType.INTEGER, 2),
        Data.of(DataType.LONG_UNSIGNED, 0),
    )


def _minutes_to_utc(local: dt.datetime) -> int:
    """The deviation: minutes from local time to UTC (Blue Book 4.1.6.1)."""
    offset = local.utcoffset() or dt.timedelta(0)
    return -int(offset.total_seconds()) // 60
