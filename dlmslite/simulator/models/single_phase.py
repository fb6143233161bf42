"""A plain single-phase meter with a load profile.

The objects, scalers, units and limits of the Microstar single-phase meter of the lab
(old-bridge.md 1.4). Every value is a function of time and of the seed, so the meter goes on
measuring while nobody reads it, and a test can say what it must have said.
"""

from __future__ import annotations

import datetime as dt
import math
import zlib
from collections.abc import Callable, Mapping, Sequence

from attrs import field, frozen

from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError
from dlmslite.simulator.meter import (
    LAB_CREDENTIALS,
    Answer,
    Selection,
    SimulatedMeter,
    SimulatedObject,
    array,
    structure,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.times import ClockStatus, CosemDateTime
from dlmslite.values.units import Unit

ZONE = dt.timezone(dt.timedelta(hours=-5))  # Colombia, no daylight saving
CLOCK_POLICY = TimePolicy(ZONE)  # bounds of a range without a deviation are local time
DEVIATION = 300  # minutes from local time to UTC (Blue Book 4.1.6.1)
EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
PERIOD = 900  # seconds between two rows of the load profile
MEAN_POWER = 600  # W
DAILY_SWING = 1500  # Wh that the day's consumption swings around its mean

CLOCK = Obis.parse("0.0.1.0.0.255")
STATUS = Obis.parse("0.0.96.10.1.255")
SERIAL = Obis.parse("0.0.96.1.0.255")
DEVICE_NAME = Obis.parse("0.0.42.0.0.255")
PROFILE = Obis.parse("1.0.99.1.0.255")
VOLTAGE = Obis.parse("1.1.32.7.0.255")
CURRENT = Obis.parse("1.1.31.7.0.255")
FREQUENCY = Obis.parse("1.1.14.7.0.255")
POWER = Obis.parse("1.1.1.7.0.255")
ENERGY = Obis.parse("1.1.1.8.0.255")
POWER_FACTOR = Obis.parse("1.1.13.7.0.255")


@frozen
class Load:
    """What the meter measures, as functions of time.

    Attributes:
        seed: Tells meters apart.
    """

    seed: int = 0

    def energy(self, when: dt.datetime) -> int:
        """Active energy import in Wh; never falls."""
        seconds = (when - EPOCH).total_seconds()
        swing = DAILY_SWING * (1 - math.cos(2 * math.pi * seconds / 86_400))
        return 56_000 + 100_000 * (self.seed % 50) + int(MEAN_POWER * seconds / 3600 + swing)

    def power(self, when: dt.datetime) -> int:
        """Active power import in W."""
        seconds = (when - EPOCH).total_seconds()
        swing = DAILY_SWING * 2 * math.pi / 24 * math.sin(2 * math.pi * seconds / 86_400)
        return int(MEAN_POWER + swing) + self._noise("power", when, 20)

    def voltage(self, when: dt.datetime) -> int:
        """Voltage in hundredths of a volt."""
        wave = 200 * math.sin(2 * math.pi * (when - EPOCH).total_seconds() / 3600 + self.seed)
        return 12_700 + int(wave) + self._noise("voltage", when, 60)

    def current(self, when: dt.datetime) -> int:
        """Current in thousandths of an ampere, at a power factor of 0.95."""
        return int(self.power(when) * 100_000 / (self.voltage(when) * 0.95))

    def frequency(self, when: dt.datetime) -> int:
        """Frequency in hundredths of a hertz."""
        return 6_000 + self._noise("frequency", when, 2)

    def _noise(self, name: str, when: dt.datetime, width: int) -> int:
        text = f"{self.seed}/{name}/{int(when.timestamp())}"
        return zlib.crc32(text.encode()) % (2 * width + 1) - width


Measure = Callable[[dt.datetime], int]


def single_phase(
    *,
    serial: str = "SIM00000001",
    seed: int = 0,
    days: int = 35,
    clock_offset: dt.timedelta = dt.timedelta(0),
    credentials: Mapping[int, bytes | None] = LAB_CREDENTIALS,
) -> SimulatedMeter:
    """A single-phase meter.

    Args:
        serial: Its serial number, ASCII.
        seed: Where its values come from.
        days: How many days of load profile it keeps.
        clock_offset: How far its clock is ahead of the time it is asked at.
        credentials: Client address to password, None for no authentication.
    """
    load = Load(seed)
    registers: dict[Obis, tuple[Measure, DataType, int, Unit]] = {
        VOLTAGE: (load.voltage, DataType.LONG_UNSIGNED, -2, Unit.VOLT),
        CURRENT: (load.current, DataType.DOUBLE_LONG_UNSIGNED, -3, Unit.AMPERE),
        FREQUENCY: (load.frequency, DataType.LONG_UNSIGNED, -2, Unit.HERTZ),
        POWER: (load.power, DataType.DOUBLE_LONG_UNSIGNED, 0, Unit.WATT),
        ENERGY: (load.energy, DataType.DOUBLE_LONG_UNSIGNED, 0, Unit.WATT_HOUR),
        POWER_FACTOR: (lambda _: 950, DataType.LONG_UNSIGNED, -3, Unit.NONE),
    }
    profile = LoadProfile(load, days * 86_400 // PERIOD, clock_offset)
    return SimulatedMeter(
        objects=(
            _data(DEVICE_NAME, Data.of(DataType.OCTET_STRING, f"MSE{serial[-13:]}".encode())),
            _data(SERIAL, Data.of(DataType.OCTET_STRING, serial.encode("ascii"))),
            _data(STATUS, Data.of(DataType.UNSIGNED, 0)),
            _clock(clock_offset),
            *(_register(obis, *row) for obis, row in registers.items()),
            profile.as_object(),
        ),
        credentials=credentials,
    )


def _data(obis: Obis, value: Data) -> SimulatedObject:
    return SimulatedObject(1, obis, {2: value})


def _register(
    obis: Obis, measure: Measure, kind: DataType, scaler: int, unit: Unit
) -> SimulatedObject:
    def value(when: dt.datetime, selection: Selection) -> Answer:
        if selection is not None:
            return DataAccessResult.OTHER_REASON
        return Data.of(kind, measure(when))

    scaler_unit = structure(Data.of(DataType.INTEGER, scaler), Data.of(DataType.ENUM, unit))
    return SimulatedObject(3, obis, {2: value, 3: scaler_unit})


def _clock(offset: dt.timedelta) -> SimulatedObject:
    def time(when: dt.datetime, selection: Selection) -> Answer:
        if selection is not None:
            return DataAccessResult.OTHER_REASON
        return Data.of(DataType.OCTET_STRING, meter_time(when + offset).encode())

    never = CosemDateTime().encode()
    return SimulatedObject(
        8,
        CLOCK,
        {
            2: time,
            3: Data.of(DataType.LONG, DEVIATION),
            4: Data.of(DataType.UNSIGNED, 0),
            5: Data.of(DataType.OCTET_STRING, never),
            6: Data.of(DataType.OCTET_STRING, never),
            7: Data.of(DataType.INTEGER, 0),
            8: Data.of(DataType.BOOLEAN, False),
            9: Data.of(DataType.ENUM, 1),
        },
    )


def meter_time(when: dt.datetime) -> CosemDateTime:
    """A time as this meter writes it: local, with deviation and status."""
    local = when.astimezone(ZONE)
    return CosemDateTime(
        year=local.year,
        month=local.month,
        day=local.day,
        weekday=local.isoweekday(),
        hour=local.hour,
        minute=local.minute,
        second=local.second,
        hundredths=local.microsecond // 10_000,
        deviation=DEVIATION,
        status=ClockStatus(0),
    )


@frozen
class LoadProfile:
    """The meter's table of captured values: one row each quarter of an hour.

    Attributes:
        load: What is captured.
        capacity: How many rows are kept.
        offset: How far the meter's clock is ahead.
    """

    load: Load
    capacity: int
    offset: dt.timedelta = dt.timedelta(0)
    columns: tuple[tuple[int, Obis], ...] = field(
        default=((8, CLOCK), (1, STATUS), (3, ENERGY), (3, VOLTAGE), (3, CURRENT)), init=False
    )

    def as_object(self) -> SimulatedObject:
        """The profile generic object."""
        captured = array(
            structure(
                Data.of(DataType.LONG_UNSIGNED, class_id),
                Data.of(DataType.OCTET_STRING, obis.octets),
                Data.of(DataType.INTEGER, 2),
                Data.of(DataType.LONG_UNSIGNED, 0),
            )
            for class_id, obis in self.columns
        )
        sorted_by = structure(
            Data.of(DataType.LONG_UNSIGNED, 8),
            Data.of(DataType.OCTET_STRING, CLOCK.octets),
            Data.of(DataType.INTEGER, 2),
            Data.of(DataType.LONG_UNSIGNED, 0),
        )
        return SimulatedObject(
            7,
            PROFILE,
            {
                2: self.buffer,
                3: captured,
                4: Data.of(DataType.DOUBLE_LONG_UNSIGNED, PERIOD),
                5: Data.of(DataType.ENUM, 1),  # FIFO
                6: sorted_by,
                7: lambda when, _: Data.of(
                    DataType.DOUBLE_LONG_UNSIGNED, len(self.times(when + self.offset))
                ),
                8: Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.capacity),
            },
            version=1,
        )

    def times(self, when: dt.datetime) -> list[dt.datetime]:
        """The time of every row that the meter has at a time, oldest first."""
        last = int((when - EPOCH).total_seconds()) // PERIOD
        first = max(0, last - self.capacity + 1)
        return [EPOCH + dt.timedelta(seconds=PERIOD * slot) for slot in range(first, last + 1)]

    def buffer(self, when: dt.datetime, selection: Selection) -> Answer:
        """The rows of a selection (Blue Book 4.3.6: selectors 1 and 2)."""
        times = self.times(when + self.offset)
        columns: Sequence[int] = range(len(self.columns))
        match selection:
            case RangeDescriptor():
                chosen = _in_range(times, selection)
                if chosen is None:
                    return DataAccessResult.TYPE_UNMATCHED
                times = chosen
                if selection.selected_values:
                    wanted = {item.obis for item in selection.selected_values}
                    columns = [n for n in columns if self.columns[n][1] in wanted]
            case EntryDescriptor():
                end = selection.to_entry or len(times)
                times = times[max(selection.from_entry, 1) - 1 : end]
                columns = columns[max(selection.from_column, 1) - 1 : selection.to_column or None]
        return array(self._row(time, columns) for time in times)

    def _row(self, time: dt.datetime, columns: Sequence[int]) -> Data:
        cells = (
            Data.of(DataType.OCTET_STRING, meter_time(time).encode()),
            Data.of(DataType.UNSIGNED, 0),
            Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.load.energy(time)),
            Data.of(DataType.LONG_UNSIGNED, self.load.voltage(time)),
            Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.load.current(time)),
        )
        return structure(*(cells[number] for number in columns))


def _in_range(times: list[dt.datetime], selection: RangeDescriptor) -> list[dt.datetime] | None:
    try:
        start = CLOCK_POLICY.aware(CosemDateTime.parse(selection.from_value.plain))
        end = CLOCK_POLICY.aware(CosemDateTime.parse(selection.to_value.plain))
    except DecodeError:
        return None
    return [time for time in times if start <= time <= end]
