"""In memory: readings, and asking for them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from dlmslite_daemon.errors import StoreError
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.ticket import Stored, Ticket


class ReadingsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps readings, and asking for them."""

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
                if meter is None or not meter.has(reading.series):
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
            following = [r for r in self._readings[number:] if r.number not in self._pruned]
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
        record = self._meter(meter).record
        newest = {
            one.key: self.readings(meter, limit=1, series=one.key) for one in record.settings.series
        }
        return {key: found[0] for key, found in newest.items() if found}

    def last_measured(self) -> dict[str, int]:
        """When the newest reading of each meter was measured."""
        with self._open():
            newest = {name: self.latest(name).values() for name in self._meters}
        return {name: max(one.ts_ms for one in found) for name, found in newest.items() if found}

    def last_number(self) -> int:
        """The highest number."""
        with self._open():
            return len(self._readings)

    def waiting(self) -> tuple[int, int]:
        """Nothing ever waits."""
        return 0, 0

    def flush(self) -> None:
        """Nothing ever waits."""
