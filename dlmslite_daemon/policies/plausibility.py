"""Plausibility: how far a reading may be believed. It is marked, never dropped.

Asked before the store, with all readings of one poll. What it doubts:

* a value outside the band of its series, or of its unit;
* voltage times current against active power: the power cannot be more than their product, and
  hardly nothing when the product is not (a wrong wire, ratio or register);
* an energy register that went backwards;
* a voltage that has not moved at all for an hour;
* a time that comes from a clock which is off by more than a minute.

The logical names say what a register means (IEC 62056-6-1: group C the quantity and phase, group D
7 for instantaneous, 8 for energy), so nothing depends on how an operator called a series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Self

from attrs import evolve, field, frozen

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.policies.base import POLICIES, Event, IdentityKnown, Policy, Subject
from dlmslite_daemon.reading import Quality, Reading, Source, ValueKind

# Group C of IEC 62056-6-1: voltage, current, and active power in and out, of each phase.
_PHASES = ((32, 31, 21, 22), (52, 51, 41, 42), (72, 71, 61, 62))
_VOLTAGES = frozenset(phase[0] for phase in _PHASES)
_TOTAL_IN, _TOTAL_OUT = 1, 2
_INSTANT, _ENERGY = 7, 8  # group D
_BANDS: Mapping[str, tuple[float, float]] = {"V": (0.0, 1000.0), "Hz": (45.0, 65.0)}


@frozen
class PlausibilitySettings:
    """Settings of the plausibility checks.

    Attributes:
        bands: Lowest and highest value of a series (by its key) or of a unit.
        power_excess: By which part the power may exceed voltage times current: they are not
            measured at the same moment.
        power_least: Which part of voltage times current the power must reach.
        power_from: Below so many voltamperes nobody can tell, VA.
        backwards: Whether energy that goes backwards is doubted.
        stuck_after: How long a voltage may not move, s.
        stuck_polls: And for how many polls in a row at least.
        drift: How far the clock may be off, s.
    """

    bands: Mapping[str, tuple[float, float]] = field(factory=lambda: dict(_BANDS))
    power_excess: float = 0.25
    power_least: float = 0.02
    power_from: float = 50.0
    backwards: bool = True
    stuck_after: float = 3600.0
    stuck_polls: int = 30
    drift: float = 60.0

    def __attrs_post_init__(self) -> None:
        for name, (low, high) in self.bands.items():
            if low > high:
                raise ConfigError("the lower end comes first", key=f"bands.{name}")
        for key, value in (
            ("power_excess", self.power_excess),
            ("power_from", self.power_from),
        ):
            if value < 0:
                raise ConfigError("it is not negative", key=key)
        if not 0 <= self.power_least < 1:
            raise ConfigError("it is a part: 0 or more, and below 1", key="power_least")
        for key, value in (("stuck_after", self.stuck_after), ("drift", self.drift)):
            if value <= 0:
                raise ConfigError("it is longer than nothing", key=key)
        if self.stuck_polls < 2:
            raise ConfigError("one poll alone shows no standstill", key="stuck_polls")

    def policy(self, subject: Subject, now: float) -> Plausibility:  # noqa: ARG002  as promised
        """Checks that have seen nothing."""
        return Plausibility(self)


POLICIES.add("plausibility", PlausibilitySettings)


@frozen
class ReadingsTaken(Event):
    """Readings were judged and go to the store.

    Attributes:
        readings: As they were judged.
        obis: The logical name of each series.
        drift: The meter's clock minus the host's, s; None when it was not asked.
        remembered: Whether they come out of the store, at a start: they doubt nothing now.
    """

    readings: tuple[Reading, ...]
    obis: Mapping[str, str]
    drift: float | None = None
    remembered: bool = False


@frozen
class Doubt:
    """One thing that is hard to believe.

    Attributes:
        code: The code of its alarm.
        series: Which readings it concerns.
        message: Why, in a few words.
    """

    code: str
    series: tuple[str, ...]
    message: str


@frozen
class Trail:
    """What is remembered of one series.

    Attributes:
        value: The last value.
        since_ms: Since when it has not moved, ms UTC.
        polls: For how many polls.
    """

    value: Decimal
    since_ms: int
    polls: int = 1

    def followed(self, value: Decimal, ts_ms: int) -> Trail:
        """The trail after another value."""
        if value != self.value:
            return Trail(value, ts_ms)
        return evolve(self, polls=self.polls + 1)


@frozen
class Plausibility(Policy):
    """What one meter's readings are compared with.

    Attributes:
        settings: Its settings.
        trails: What is remembered of each series.
        drift: The meter's clock minus the host's, s; None while unknown.
        doubts: What the last poll left in doubt.
    """

    settings: PlausibilitySettings
    trails: Mapping[str, Trail] = field(factory=dict)
    drift: float | None = None
    doubts: tuple[Doubt, ...] = ()

    def judge(self, readings: Sequence[Reading], obis: Mapping[str, str]) -> tuple[Reading, ...]:
        """The same readings; what is in doubt is marked as suspect."""
        doubted = {key for doubt in self._doubts(readings, obis) for key in doubt.series}
        return tuple(
            evolve(reading, quality=Quality.SUSPECT) if reading.series in doubted else reading
            for reading in readings
        )

    def learn(self, event: Event, now: float) -> Self:  # noqa: ARG002  readings have their times
        """Remember the last values and what was in doubt; another meter begins anew."""
        if isinstance(event, IdentityKnown):
            return evolve(self, trails={}, doubts=())
        if not isinstance(event, ReadingsTaken):
            return self
        doubts = () if event.remembered else tuple(self._doubts(event.readings, event.obis))
        trails = dict(self.trails)
        for reading, value in _live(event.readings):
            known = trails.get(reading.series)
            trails[reading.series] = (
                known.followed(value, reading.ts_ms) if known else Trail(value, reading.ts_ms)
            )
        drift = self.drift if event.drift is None else event.drift
        return evolve(self, trails=trails, drift=drift, doubts=doubts)

    def conditions(self, now: float) -> tuple[Condition, ...]:  # noqa: ARG002  as above
        """One for each kind of doubt that the last poll left, and ``clock_drift``."""
        words: dict[str, list[str]] = {}
        for doubt in self.doubts:
            words.setdefault(doubt.code, []).append(doubt.message)
        if self.drift is not None and abs(self.drift) > self.settings.drift:
            words["clock_drift"] = [f"the meter's clock is off by {self.drift:.0f} s"]
        return tuple(
            Condition(code, "; ".join(texts), Severity.WARNING, "data")
            for code, texts in words.items()
        )

    def shown(self, now: float) -> dict[str, object]:  # noqa: ARG002  as above
        """What is in doubt."""
        return {"doubts": [doubt.message for doubt in self.doubts], "drift": self.drift}

    # ------------------------------------------------------------------ the doubts

    def _doubts(self, readings: Sequence[Reading], obis: Mapping[str, str]) -> Iterator[Doubt]:
        for reading in readings:
            yield from self._of_clock(reading)
        for reading in readings:
            value = _number(reading)
            if value is not None:
                yield from self._of_band(reading, value)
        groups = {key: _groups(name) for key, name in obis.items()}
        live = list(_live(readings))
        for reading, value in live:
            quantity, kind = groups.get(reading.series, (-1, -1))
            trail = self.trails.get(reading.series)
            if trail is not None and kind == _ENERGY:
                yield from self._of_energy(reading, value, trail)
            if trail is not None and kind == _INSTANT and quantity in _VOLTAGES and value:
                yield from self._of_standstill(reading, value, trail)
        instant = {
            groups[reading.series][0]: (reading.series, value)
            for reading, value in live
            if groups.get(reading.series, (-1, -1))[1] == _INSTANT
        }
        yield from self._of_power(instant)

    def _of_clock(self, reading: Reading) -> Iterator[Doubt]:
        drift = self.drift
        if reading.source is Source.LIVE:
            if reading.meter_ts_ms is None:
                return  # its time is the host's
            drift = (reading.meter_ts_ms - reading.ts_ms) / 1000
        if drift is not None and abs(drift) > self.settings.drift:
            message = f"{reading.series}: its clock is off by {drift:.0f} s"
            yield Doubt("clock_drift", (reading.series,), message)

    def _of_band(self, reading: Reading, value: Decimal) -> Iterator[Doubt]:
        bands = self.settings.bands
        band = bands.get(reading.series) or bands.get(reading.unit)
        if band is not None and not Decimal(str(band[0])) <= value <= Decimal(str(band[1])):
            message = f"{reading.series}: {value} {reading.unit} is not {band[0]:g} to {band[1]:g}"
            yield Doubt("value_out_of_band", (reading.series,), message)

    def _of_energy(self, reading: Reading, value: Decimal, trail: Trail) -> Iterator[Doubt]:
        if self.settings.backwards and value < trail.value:
            message = f"{reading.series}: went back from {trail.value} to {value} {reading.unit}"
            yield Doubt("energy_backwards", (reading.series,), message)

    def _of_standstill(self, reading: Reading, value: Decimal, trail: Trail) -> Iterator[Doubt]:
        seconds = (reading.ts_ms - trail.since_ms) / 1000
        stood = value == trail.value and trail.polls + 1 >= self.settings.stuck_polls
        if stood and seconds >= self.settings.stuck_after:
            message = f"{reading.series}: exactly {value} {reading.unit} for {seconds:.0f} s"
            yield Doubt("value_stuck", (reading.series,), message)

    def _of_power(self, instant: Mapping[int, tuple[str, Decimal]]) -> Iterator[Doubt]:
        """Compare each phase, then the whole; ``instant`` has series and value by group C."""
        total, pairs = Decimal(0), 0
        parts: list[str] = []
        for voltage, current, power_in, power_out in _PHASES:
            if voltage not in instant or current not in instant:
                continue
            apparent = abs(instant[voltage][1] * instant[current][1])
            both = [instant[voltage][0], instant[current][0]]
            yield from self._compared(apparent, apparent, both, instant, (power_in, power_out))
            total += apparent
            parts += both
            pairs += 1
        if pairs:
            # Where one phase of perhaps three is read, the others may carry as much each.
            most = total * len(_PHASES) if pairs == 1 else total
            yield from self._compared(total, most, parts, instant, (_TOTAL_IN, _TOTAL_OUT))

    def _compared(
        self,
        apparent: Decimal,
        most: Decimal,
        parts: list[str],
        instant: Mapping[int, tuple[str, Decimal]],
        quantities: tuple[int, int],
    ) -> Iterator[Doubt]:
        powers = [instant[quantity] for quantity in quantities if quantity in instant]
        if not powers or most < Decimal(str(self.settings.power_from)):
            return
        power = max(abs(value) for _, value in powers)
        too_much = power > most * (1 + Decimal(str(self.settings.power_excess)))
        # Where only one direction is read, the power may flow in the other.
        both_ways = len(powers) == len(quantities)
        least = apparent * Decimal(str(self.settings.power_least))
        too_little = power < least and apparent >= Decimal(str(self.settings.power_from))
        if too_much or too_little:
            hint = "" if both_ways or too_much else "; is the other direction read?"
            series = (*parts, *(key for key, _ in powers))
            message = (
                f"{', '.join(key for key, _ in powers)}: {power} W, while voltage times current is "
                f"{apparent:.1f} VA{hint}"
            )
            yield Doubt("power_mismatch", series, message)


def _live(readings: Sequence[Reading]) -> Iterator[tuple[Reading, Decimal]]:
    """The numbers that were polled; rows of a profile are older than those."""
    for reading in readings:
        value = _number(reading)
        if value is not None and reading.source is Source.LIVE:
            yield reading, value


def _number(reading: Reading) -> Decimal | None:
    if reading.kind is ValueKind.INTEGER:
        return Decimal(reading.value_text())
    if reading.kind is ValueKind.FLOAT:
        value = Decimal(reading.text or "nan")
        return value if value.is_finite() else None
    return None


def _groups(obis: str) -> tuple[int, int]:
    """Groups C and D of a logical name of six numbers with dots."""
    parts = obis.split(".")
    return int(parts[2]), int(parts[3])
