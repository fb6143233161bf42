"""A plain single-phase meter with a load profile.

The objects, scalers, units and limits of the Microstar single-phase meter of the lab
(old-bridge.md 1.4). Every value is a function of time and of the seed, so the meter goes on
measuring while nobody reads it, and a test can say what it must have said.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

from dlmslite.records import frozen
from dlmslite.simulator.meter import LAB_CREDENTIALS, SimulatedMeter
from dlmslite.simulator.models.base import (
    CLOCK,
    CLOCK_CLASS,
    DATA,
    EPOCH,
    Captured,
    CapturedTable,
    Measure,
    MeterClock,
    column,
    data,
    every,
    noise,
    register,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.times import CosemDateTime
from dlmslite.values.units import Unit

ZONE = dt.timezone(dt.timedelta(hours=-5))  # Colombia, no daylight saving
PERIOD = 900  # seconds between two rows of the load profile
MEAN_POWER = 600  # W
DAILY_SWING = 1500  # Wh that the day's consumption swings around its mean

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
        return int(MEAN_POWER + swing) + noise(self.seed, "power", when, 20)

    def voltage(self, when: dt.datetime) -> int:
        """Voltage in hundredths of a volt."""
        wave = 200 * math.sin(2 * math.pi * (when - EPOCH).total_seconds() / 3600 + self.seed)
        return 12_700 + int(wave) + noise(self.seed, "voltage", when, 60)

    def current(self, when: dt.datetime) -> int:
        """Current in thousandths of an ampere, at a power factor of 0.95."""
        return int(self.power(when) * 100_000 / (self.voltage(when) * 0.95))

    def frequency(self, when: dt.datetime) -> int:
        """Frequency in hundredths of a hertz."""
        return 6_000 + noise(self.seed, "frequency", when, 2)


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
    clock = MeterClock(ZONE, clock_offset)
    registers: dict[Obis, tuple[Measure, DataType, int, Unit]] = {
        VOLTAGE: (load.voltage, DataType.LONG_UNSIGNED, -2, Unit.VOLT),
        CURRENT: (load.current, DataType.DOUBLE_LONG_UNSIGNED, -3, Unit.AMPERE),
        FREQUENCY: (load.frequency, DataType.LONG_UNSIGNED, -2, Unit.HERTZ),
        POWER: (load.power, DataType.DOUBLE_LONG_UNSIGNED, 0, Unit.WATT),
        ENERGY: (load.energy, DataType.DOUBLE_LONG_UNSIGNED, 0, Unit.WATT_HOUR),
        POWER_FACTOR: (lambda _: 950, DataType.LONG_UNSIGNED, -3, Unit.NONE),
    }
    return SimulatedMeter(
        objects=(
            data(DEVICE_NAME, Data.of(DataType.OCTET_STRING, f"MSE{serial[-13:]}".encode())),
            data(SERIAL, Data.of(DataType.OCTET_STRING, serial.encode("ascii"))),
            data(STATUS, Data.of(DataType.UNSIGNED, 0)),
            clock.as_object(),
            *(register(obis, *row) for obis, row in registers.items()),
            _load_profile(load, clock, days * 86_400 // PERIOD).as_object(),
        ),
        credentials=credentials,
    )


def _load_profile(load: Load, clock: MeterClock, capacity: int) -> CapturedTable:
    """One row each quarter of an hour."""
    return CapturedTable(
        obis=PROFILE,
        columns=(
            Captured(CLOCK_CLASS, CLOCK, clock.octets),
            Captured(DATA, STATUS, lambda _: Data.of(DataType.UNSIGNED, 0)),
            column(ENERGY, load.energy, DataType.DOUBLE_LONG_UNSIGNED),
            column(VOLTAGE, load.voltage, DataType.LONG_UNSIGNED),
            column(CURRENT, load.current, DataType.DOUBLE_LONG_UNSIGNED),
        ),
        period=PERIOD,
        capacity=capacity,
        times=every(PERIOD, capacity),
        clock=clock,
    )


def meter_time(when: dt.datetime) -> CosemDateTime:
    """A time as this meter writes it: local, with deviation and status."""
    return MeterClock(ZONE).shown(when)
