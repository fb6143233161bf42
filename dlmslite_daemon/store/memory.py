"""A store for tests and trials: the contract in plain dictionaries, gone with the process.

Every change is committed at once, so tickets are resolved when they are handed out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, evolve, field

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.errors import (
    BridgeError,
    NameTaken,
    StoreError,
    UnknownMeter,
    UnknownSeries,
    UnknownSink,
)
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.base import Stored, Ticket
from dlmslite_daemon.store.memory_journal import MemoryJournal
from dlmslite_daemon.store.records import DeadLetter, Desired, MeterRecord, SinkRecord


@define
class _Sink:
    record: SinkRecord
    cursors: dict[tuple[Lane, str], int] = field(factory=dict)
    dead: list[DeadLetter] = field(factory=list)


@define
class _Meter:
    record: MeterRecord
    # By (series, time, lane), as in a table; a reading of a removed series stays.
    keys: set[tuple[str, int, Lane]] = field(factory=set)
    readings: list[Reading] = field(factory=list)
    notebook: dict[str, str] = field(factory=dict)


class MemoryStore(MemoryJournal):
    """The contract of ``store/base.py`` in memory.

    Args:
        clock: The clock.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._readings: list[Reading] = []  # number n stands at index n - 1
        self._meters: dict[str, _Meter] = {}
        self._sinks: dict[str, _Sink] = {}
        self._guards: dict[str, str] = {}
        self._counts: dict[str, dict[str, int]] = {}
        self._meter_ids = 0
        self._sink_ids = 0
        self._letter_ids = 0

    def close(self) -> None:
        """Refuse further calls."""
        self._closed = True

    def info(self) -> dict[str, str | int]:
        """Kind and newest number."""
        last = self.last_number()
        return {"kind": "memory", "path": "", "schema": 0, "bytes": 0, "last_number": last}

    # ---------------------------------------------------------------- readings

    def append(self, batch: Sequence[Reading]) -> Ticket:
        """Store readings; the ticket is resolved already."""
        ticket = Ticket()
        if self._closed:
            ticket.fail(StoreError("the store is closed", code="E-STORE-CLOSED"))
            return ticket
        count = duplicates = refused = 0
        with self._lock:
            for reading in batch:
                meter = self._meters.get(reading.meter)
                if meter is None or not _has(meter.record, reading.series):
                    refused += 1
                    continue
                key = (reading.series, reading.ts_ms, reading.lane)
                if key in meter.keys:
                    duplicates += 1
                    continue
                count += 1
                meter.keys.add(key)
                numbered = evolve(reading, number=len(self._readings) + 1)
                self._readings.append(numbered)
                meter.readings.append(numbered)
        ticket.resolve(Stored(count, duplicates, refused))
        return ticket

    def readings_after(
        self, lane: Lane, number: int, limit: int, meters: Sequence[str] | None = None
    ) -> list[Reading]:
        """The next readings of a lane."""
        with self._open():
            following = self._readings[number:]
        fit = [r for r in following if r.lane is lane and (meters is None or r.meter in meters)]
        return fit[:limit]

    def readings(
        self,
        meter: str,
        since_ms: int = 0,
        until_ms: int | None = None,
        limit: int = 1000,
        series: str | None = None,
    ) -> list[Reading]:
        """A meter's newest readings in a span."""
        with self._open():
            own = list(self._meter(meter).readings)
        fit = [
            r
            for r in own
            if r.ts_ms >= since_ms
            and (until_ms is None or r.ts_ms < until_ms)
            and (series is None or r.series == series)
        ]
        fit.sort(key=lambda r: (r.ts_ms, r.number))
        return fit[-limit:]

    def readings_since(self, since_ms: int, meter: str | None = None) -> int:
        """How many readings have that time or a later one."""
        with self._open():
            meters = self._meters.values() if meter is None else [self._meter(meter)]
            return sum(r.ts_ms >= since_ms for one in meters for r in one.readings)

    def latest(self, meter: str) -> dict[str, Reading]:
        """The newest reading of each series."""
        record = self.meter(meter)
        newest = {
            one.key: self.readings(meter, limit=1, series=one.key) for one in record.settings.series
        }
        return {key: found[0] for key, found in newest.items() if found}

    def last_number(self) -> int:
        """The highest number."""
        with self._open():
            return len(self._readings)

    def waiting(self) -> tuple[int, int]:
        """Nothing ever waits."""
        return 0, 0

    def flush(self) -> None:
        """Nothing ever waits."""

    # ---------------------------------------------------------------- delivery

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """Where a cursor stands."""
        with self._open():
            known = self._sink(sink)
            return known.cursors.get((lane, connection), known.record.since)

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards."""
        ticket = Ticket()
        try:
            with self._open():
                at = self.cursor(sink, lane, connection)
                self._sink(sink).cursors[lane, connection] = max(at, number)
        except BridgeError as error:
            ticket.fail(error)
        else:
            ticket.resolve(Stored(0))
        return ticket

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane follow a number."""
        return len(self.readings_after(lane, number, limit, meters))

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a refused message."""
        with self._open():
            self._letter_ids += 1
            self._sink(letter.sink).dead.append(evolve(letter, id=self._letter_ids))

    def dead_letters(self, sink: str, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters of a sink."""
        with self._open():
            return self._sink(sink).dead[: -limit - 1 : -1]

    # ---------------------------------------------------------------- fleet

    def meters(self) -> list[MeterRecord]:
        """All meters."""
        with self._open():
            return sorted((m.record for m in self._meters.values()), key=lambda r: r.id)

    def meter(self, name: str | int) -> MeterRecord:
        """One meter."""
        with self._open():
            return self._meter(name).record

    def add_meter(self, settings: MeterSettings) -> MeterRecord:
        """Enter a meter."""
        with self._open():
            if settings.name in self._meters:
                raise NameTaken(f"there is a meter {settings.name!r} already")
            self._meter_ids += 1
            desired = Desired.PAUSED if settings.paused else Desired.RUNNING
            now_ms = self._clock.utc_ms()
            record = MeterRecord(self._meter_ids, settings, desired, now_ms, now_ms)
            self._meters[settings.name] = _Meter(record)
            return record

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        """Replace a meter's settings."""
        with self._open():
            known = self._meter(settings.name)
            known.record = evolve(known.record, settings=settings, updated_ms=self._clock.utc_ms())
            return known.record

    def set_desired(self, meter: str, desired: Desired) -> MeterRecord:
        """Run or pause a meter."""
        with self._open():
            known = self._meter(meter)
            known.record = evolve(known.record, desired=desired, updated_ms=self._clock.utc_ms())
            return known.record

    def remove_meter(self, meter: str) -> None:
        """Remove a meter."""
        with self._open():
            del self._meters[self._meter(meter).record.name]

    def add_series(self, meter: str, series: SeriesSettings) -> MeterRecord:
        """Enter a series."""
        with self._open():
            known = self._meter(meter).record
            if _has(known, series.key):
                raise NameTaken(f"meter {known.name!r} has a series {series.key!r} already")
            return self.set_meter(evolve(known.settings, series=(*known.settings.series, series)))

    def remove_series(self, meter: str, key: str) -> MeterRecord:
        """Remove a series."""
        with self._open():
            known = self._meter(meter).record
            if not _has(known, key):
                raise UnknownSeries(known.name, key)
            kept = tuple(one for one in known.settings.series if one.key != key)
            return self.set_meter(evolve(known.settings, series=kept))

    def sinks(self) -> list[SinkRecord]:
        """All sinks."""
        with self._open():
            return sorted((s.record for s in self._sinks.values()), key=lambda r: r.id)

    def add_sink(self, settings: SinkSettings, *, from_beginning: bool = False) -> SinkRecord:
        """Enter a sink."""
        with self._open():
            if settings.name in self._sinks:
                raise NameTaken(f"there is a sink {settings.name!r} already")
            self._sink_ids += 1
            since = 0 if from_beginning else len(self._readings)
            record = SinkRecord(self._sink_ids, settings, since, self._clock.utc_ms())
            self._sinks[settings.name] = _Sink(record)
            return record

    def set_sink(self, settings: SinkSettings) -> SinkRecord:
        """Replace a sink's settings."""
        with self._open():
            known = self._sink(settings.name)
            known.record = evolve(known.record, settings=settings)
            return known.record

    def remove_sink(self, sink: str) -> None:
        """Remove a sink."""
        with self._open():
            self._sink(sink)
            del self._sinks[sink]

    # ---------------------------------------------------------------- memory of the parts above

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        with self._open():
            return dict(sorted(self._meter(meter).notebook.items()))

    def note(self, meter: str, entries: Mapping[str, str | None]) -> None:
        """Write into a meter's notebook."""
        with self._open():
            notebook = self._meter(meter).notebook
            for key, value in entries.items():
                if value is None:
                    notebook.pop(key, None)
                else:
                    notebook[key] = value

    def guard(self, key: str) -> str | None:
        """A guard's stored state."""
        with self._open():
            return self._guards.get(key)

    def save_guard(self, key: str, state: str) -> None:
        """Keep a guard's state."""
        with self._open():
            self._guards[key] = state

    def counts(self, scope: str) -> dict[str, int]:
        """The counters of a scope."""
        with self._open():
            return dict(sorted(self._counts.get(scope, {}).items()))

    def count(self, scope: str, counts: Mapping[str, int]) -> None:
        """Add to counters."""
        with self._open():
            own = self._counts.setdefault(scope, {})
            for name, value in counts.items():
                own[name] = own.get(name, 0) + value

    # ---------------------------------------------------------------- inside

    def _meter(self, name: str | int) -> _Meter:
        known = self._meters.get(str(name))
        if known is None:
            known = next((m for m in self._meters.values() if str(m.record.id) == str(name)), None)
        if known is None:
            raise UnknownMeter(name)
        return known

    def _sink(self, name: str) -> _Sink:
        if name not in self._sinks:
            raise UnknownSink(name)
        return self._sinks[name]


def _has(record: MeterRecord, key: str) -> bool:
    return any(one.key == key for one in record.settings.series)
