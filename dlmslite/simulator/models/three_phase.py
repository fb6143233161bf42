"""A three-phase meter with two load profiles and an event log.

Beside the single-phase one it is what most meters on the market are: registers in channel 0,
several references in one GET, frames and APDUs as large as the standard allows, windows, energy of
sixty-four bits, a zone with daylight saving if one is given, and a table whose rows come at no
fixed period. It is no particular make.
"""

from __future__ import annotations

import datetime as dt
import math
import zlib
from collections.abc import Callable, Mapping

from dlmslite.apdu.conformance import Conformance
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
from dlmslite.values.units import Unit

PHASES = (1, 2, 3)
MEAN_POWER = {1: 900, 2: 700, 3: 500}  # W; the phases are loaded unequally, as in most houses
POWER_FACTOR = 0.92
DAILY_SWING = 1200  # Wh that a phase's consumption of a day swings around its mean
QUARTER, DAY = 900, 86_400  # seconds between rows
EVENTS_A_DAY = 3
EVENT_CODES = (1, 2, 3, 8, 11, 63)  # power down, power up, and others that a meter logs

SERIAL = Obis.parse("0.0.96.1.0.255")
DEVICE_NAME = Obis.parse("0.0.42.0.0.255")
STATUS = Obis.parse("0.0.96.10.1.255")
EVENT_CODE = Obis.parse("0.0.96.11.0.255")
LOAD_PROFILE = Obis.parse("1.0.99.1.0.255")
DAILY_PROFILE = Obis.parse("1.0.99.2.0.255")
EVENT_LOG = Obis.parse("0.0.99.98.0.255")
ENERGY_IMPORT = Obis.parse("1.0.1.8.0.255")
ENERGY_EXPORT = Obis.parse("1.0.2.8.0.255")
REACTIVE_ENERGY = Obis.parse("1.0.3.8.0.255")
POWER = Obis.parse("1.0.1.7.0.255")
REACTIVE_POWER = Obis.parse("1.0.3.7.0.255")
POWER_FACTOR_OBIS = Obis.parse("1.0.13.7.0.255")
FREQUENCY = Obis.parse("1.0.14.7.0.255")
NEUTRAL_CURRENT = Obis.parse("1.0.91.7.0.255")

CONFORMANCE = (
    Conformance.GET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.PRIORITY_MGMT_SUPPORTED
)


def voltage(phase: int) -> Obis:
    """The register of a phase's voltage: 32, 52 or 72."""
    return Obis(bytes([1, 0, 12 + 20 * phase, 7, 0, 255]))


def current(phase: int) -> Obis:
    """The register of a phase's current: 31, 51 or 71."""
    return Obis(bytes([1, 0, 11 + 20 * phase, 7, 0, 255]))


def power(phase: int) -> Obis:
    """The register of a phase's active power import: 21, 41 or 61."""
    return Obis(bytes([1, 0, 1 + 20 * phase, 7, 0, 255]))


@frozen
class ThreePhaseLoad:
    """What the meter measures, as functions of time.

    Attributes:
        seed: Tells meters apart.
    """

    seed: int = 0

    def energy(self, when: dt.datetime) -> int:
        """Active energy import of all phases in Wh; never falls."""
        seconds = (when - EPOCH).total_seconds()
        swing = DAILY_SWING * len(PHASES) * (1 - math.cos(2 * math.pi * seconds / DAY))
        base = 5_000_000_000 * (self.seed % 50)  # more than thirty-two bits hold
        return base + int(sum(MEAN_POWER.values()) * seconds / 3600 + swing)

    def reactive_energy(self, when: dt.datetime) -> int:
        """Reactive energy import in varh; never falls."""
        return int(self.energy(when) * math.tan(math.acos(POWER_FACTOR)))

    def power(self, phase: int, when: dt.datetime) -> int:
        """Active power import of a phase in W."""
        seconds = (when - EPOCH).total_seconds()
        swing = DAILY_SWING * 2 * math.pi / 24 * math.sin(2 * math.pi * seconds / DAY)
        return int(MEAN_POWER[phase] + swing) + noise(self.seed, f"power{phase}", when, 20)

    def total_power(self, when: dt.datetime) -> int:
        """Active power import of all phases in W."""
        return sum(self.power(phase, when) for phase in PHASES)

    def reactive_power(self, when: dt.datetime) -> int:
        """Reactive power import of all phases in var."""
        return int(self.total_power(when) * math.tan(math.acos(POWER_FACTOR)))

    def voltage(self, phase: int, when: dt.datetime) -> int:
        """Voltage of a phase in tenths of a volt."""
        wave = 25 * math.sin(2 * math.pi * (when - EPOCH).total_seconds() / 3600 + phase)
        return 2_300 + int(wave) + noise(self.seed, f"voltage{phase}", when, 8)

    def current(self, phase: int, when: dt.datetime) -> int:
        """Current of a phase in hundredths of an ampere."""
        apparent = abs(self.power(phase, when)) / POWER_FACTOR
        return int(apparent * 1_000 / self.voltage(phase, when))

    def frequency(self, when: dt.datetime) -> int:
        """Frequency in hundredths of a hertz."""
        return 5_000 + noise(self.seed, "frequency", when, 2)

    def neutral_current(self, when: dt.datetime) -> int:
        """Current of the neutral in hundredths of an ampere: what the phases do not balance."""
        one, two, three = (self.current(phase, when) for phase in PHASES)
        return int(math.sqrt(one**2 + two**2 + three**2 - one * two - two * three - one * three))

    def events(self, when: dt.datetime) -> list[dt.datetime]:
        """The times of everything that was logged by a time: a few a day, at odd moments."""
        found = []
        for day in range(max(int((when - EPOCH).total_seconds()) // DAY + 1, 0)):
            for number in range(EVENTS_A_DAY):
                chance = zlib.crc32(f"{self.seed}/event/{day}/{number}".encode())
                found.append(EPOCH + dt.timedelta(seconds=day * DAY + chance % DAY))
        return sorted(time for time in found if time <= when)

    def event_code(self, when: dt.datetime) -> int:
        """What was logged at a time."""
        return EVENT_CODES[zlib.crc32(f"{self.seed}/code/{when}".encode()) % len(EVENT_CODES)]


def three_phase(
    *,
    serial: str = "SIM00000003",
    seed: int = 0,
    days: int = 35,
    zone: dt.tzinfo = dt.UTC,
    clock_offset: dt.timedelta = dt.timedelta(0),
    credentials: Mapping[int, bytes | None] = LAB_CREDENTIALS,
) -> SimulatedMeter:
    """A three-phase meter.

    Args:
        serial: Its serial number, ASCII.
        seed: Where its values come from.
        days: How many days of load profile and events it keeps; daily rows for ten times as many.
        zone: The zone of its clock.
        clock_offset: How far its clock is ahead of the time it is asked at.
        credentials: Client address to password, None for no authentication.
    """
    load = ThreePhaseLoad(seed)
    clock = MeterClock(zone, clock_offset)
    tables = (
        _load_profile(load, clock, days * DAY // QUARTER),
        _daily_profile(load, clock, 10 * days),
        _event_log(load, clock, days * EVENTS_A_DAY),
    )
    return SimulatedMeter(
        objects=(
            data(DEVICE_NAME, Data.of(DataType.OCTET_STRING, f"SIM{serial[-13:]}".encode())),
            data(SERIAL, Data.of(DataType.OCTET_STRING, serial.encode("ascii"))),
            data(STATUS, Data.of(DataType.UNSIGNED, 0)),
            clock.as_object(),
            *(register(obis, *row) for obis, row in _registers(load).items()),
            *(table.as_object() for table in tables),
        ),
        credentials=credentials,
        conformance=CONFORMANCE,
        max_pdu=0xFFFF,
        max_info=2030,
        window=7,
    )


def _registers(load: ThreePhaseLoad) -> dict[Obis, tuple[Measure, DataType, int, Unit]]:
    found: dict[Obis, tuple[Measure, DataType, int, Unit]] = {
        ENERGY_IMPORT: (load.energy, DataType.LONG64_UNSIGNED, 0, Unit.WATT_HOUR),
        ENERGY_EXPORT: (lambda _: 0, DataType.LONG64_UNSIGNED, 0, Unit.WATT_HOUR),
        REACTIVE_ENERGY: (load.reactive_energy, DataType.LONG64_UNSIGNED, 0, Unit.VAR_HOUR),
        POWER: (load.total_power, DataType.DOUBLE_LONG, 0, Unit.WATT),
        REACTIVE_POWER: (load.reactive_power, DataType.DOUBLE_LONG, 0, Unit.VAR),
        POWER_FACTOR_OBIS: (lambda _: int(POWER_FACTOR * 1000), DataType.LONG, -3, Unit.NONE),
        FREQUENCY: (load.frequency, DataType.LONG_UNSIGNED, -2, Unit.HERTZ),
        NEUTRAL_CURRENT: (load.neutral_current, DataType.LONG_UNSIGNED, -2, Unit.AMPERE),
    }
    for phase in PHASES:
        found |= {
            voltage(phase): (_of(load.voltage, phase), DataType.LONG_UNSIGNED, -1, Unit.VOLT),
            current(phase): (_of(load.current, phase), DataType.LONG_UNSIGNED, -2, Unit.AMPERE),
            power(phase): (_of(load.power, phase), DataType.DOUBLE_LONG, 0, Unit.WATT),
        }
    return found


def _of(measure: Callable[[int, dt.datetime], int], phase: int) -> Measure:
    return lambda when: measure(phase, when)


def _load_profile(load: ThreePhaseLoad, clock: MeterClock, capacity: int) -> CapturedTable:
    """One row each quarter of an hour."""
    phases = (
        column(voltage(phase), _of(load.voltage, phase), DataType.LONG_UNSIGNED) for phase in PHASES
    )
    return CapturedTable(
        obis=LOAD_PROFILE,
        columns=(
            Captured(CLOCK_CLASS, CLOCK, clock.octets),
            Captured(DATA, STATUS, lambda _: Data.of(DataType.UNSIGNED, 0)),
            column(ENERGY_IMPORT, load.energy, DataType.LONG64_UNSIGNED),
            column(ENERGY_EXPORT, lambda _: 0, DataType.LONG64_UNSIGNED),
            *phases,
        ),
        period=QUARTER,
        capacity=capacity,
        times=every(QUARTER, capacity),
        clock=clock,
    )


def _daily_profile(load: ThreePhaseLoad, clock: MeterClock, capacity: int) -> CapturedTable:
    """One row each day, at midnight UTC."""
    return CapturedTable(
        obis=DAILY_PROFILE,
        columns=(
            Captured(CLOCK_CLASS, CLOCK, clock.octets),
            column(ENERGY_IMPORT, load.energy, DataType.LONG64_UNSIGNED),
            column(REACTIVE_ENERGY, load.reactive_energy, DataType.LONG64_UNSIGNED),
        ),
        period=DAY,
        capacity=capacity,
        times=every(DAY, capacity),
        clock=clock,
    )


def _event_log(load: ThreePhaseLoad, clock: MeterClock, capacity: int) -> CapturedTable:
    """One row for each event."""
    code = Captured(
        DATA, EVENT_CODE, lambda time: Data.of(DataType.UNSIGNED, load.event_code(time))
    )
    return CapturedTable(
        obis=EVENT_LOG,
        columns=(Captured(CLOCK_CLASS, CLOCK, clock.octets), code),
        period=0,
        capacity=capacity,
        times=load.events,
        clock=clock,
    )
