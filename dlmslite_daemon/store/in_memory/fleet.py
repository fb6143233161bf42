"""In memory: meters, their series, and sinks."""

from __future__ import annotations

from attrs import evolve

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.errors import NameTaken, UnknownSeries
from dlmslite_daemon.store.in_memory.state import KeptMeter, KeptSink, MemoryState
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord


class FleetInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps meters, their series, and sinks."""

    def meters(self) -> list[MeterRecord]:
        """All meters."""
        with self._open():
            return sorted((m.record for m in self._meters.values()), key=lambda r: r.id)

    def meter(self, name: str | int) -> MeterRecord:
        """One meter."""
        with self._open():
            return self._meter(name).record

    def add_meter(self, settings: MeterSettings, number: int | None = None) -> MeterRecord:
        """Enter a meter."""
        with self._open():
            if settings.name in self._meters:
                raise NameTaken(f"there is a meter {settings.name!r} already")
            if number is None or number in self._meter_ids:
                number = max(self._meter_ids, default=0) + 1
            self._meter_ids.add(number)
            desired = Desired.PAUSED if settings.paused else Desired.RUNNING
            now_ms = self._clock.utc_ms()
            record = MeterRecord(number, settings, desired, now_ms, now_ms)
            self._meters[settings.name] = KeptMeter(record)
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
            kept = self._meter(meter)
            known = kept.record
            if kept.has(series.key):
                raise NameTaken(f"meter {known.name!r} has a series {series.key!r} already")
            return self.set_meter(evolve(known.settings, series=(*known.settings.series, series)))

    def remove_series(self, meter: str, key: str) -> MeterRecord:
        """Remove a series."""
        with self._open():
            meter_kept = self._meter(meter)
            known = meter_kept.record
            if not meter_kept.has(key):
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
            told = 0 if from_beginning else len(self._alarm_events)
            self._sinks[settings.name] = KeptSink(record, alarms=told)
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
