"""In memory: readings by the quarter of an hour and by the day, and what is old."""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from dlmslite_daemon.reading import Reading
from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.records import Ages
from dlmslite_daemon.store.rollup import Gathering, Rollup, Step, day_of, of_reading, quarter_of

T = TypeVar("T")


class RollupsInMemory(MemoryState):
    """The part of ``MemoryStore`` that rolls readings up, and lets go of what is old."""

    def roll_up(self, limit: int = 100_000) -> int:
        """Merge the next readings into their quarters and days."""
        with self._open():
            mark = self._marks.get("rolled", 0)
            following = self._readings[mark : mark + limit]
            for reading in following:
                kept = self._meters.get(reading.meter)
                if kept is None:
                    continue
                zone = ZoneInfo(kept.record.settings.zone) if kept.record.settings.zone else None
                quarter, day = quarter_of(reading.ts_ms), day_of(reading.ts_ms, zone)
                for step, start_ms in ((Step.QUARTER, quarter), (Step.DAY, day)):
                    rows = kept.rollups.setdefault((reading.series, step), Gathering())
                    rows.add(0, of_reading(reading, start_ms))
            self._marks["rolled"] = mark + len(following)
            return len(following)

    def rollups(
        self, meter: str, series: str, step: Step, since_ms: int, until_ms: int
    ) -> list[Rollup]:
        """The rows of a series."""
        with self._open():
            gathered = self._meter(meter).rollups.get((series, step), Gathering())
            fit = [r for r in gathered.rows.values() if since_ms <= r.start_ms < until_ms]
        return sorted(fit, key=lambda row: (row.start_ms, row.lane.value))

    def prune_readings(
        self,
        before_ms: int,
        after: int = 0,
        limit: int = 5_000,
        excused: Container[tuple[str, str]] = (),
    ) -> tuple[int, int]:
        """Remove readings that are too old; their numbers stay free."""
        with self._open():
            there = (r for r in self._readings[after:] if r.number not in self._pruned)
            looked_at = list(islice(there, limit))
            old = [r for r in looked_at if r.host_ts_ms < before_ms]
            if not old:
                return 0, 0
            newest = self._newest()
            gone = {
                reading.number or 0
                for reading in old
                if self._is_done(reading, excused)
                and (reading.meter, reading.series, reading.number) not in newest
            }
            self._pruned |= gone
            for kept in self._meters.values():
                going = [r for r in kept.readings if r.number in gone]
                kept.keys.difference_update((r.series, r.ts_ms, r.lane) for r in going)
                kept.readings = [r for r in kept.readings if r.number not in gone]
            return len(gone), looked_at[-1].number or 0

    def _newest(self) -> set[tuple[str, str, int | None]]:
        """The newest reading of each series."""
        found: dict[tuple[str, str], Reading] = {}
        for kept in self._meters.values():
            for reading in sorted(kept.readings, key=lambda r: (r.ts_ms, r.number)):
                found[reading.meter, reading.series] = reading
        return {(r.meter, r.series, r.number) for r in found.values()}

    def prune(self, ages: Ages) -> dict[str, int]:
        """Remove all else that is too old."""
        gone: dict[str, int] = {}

        def keep(table: str, rows: list[T], young: Callable[[T], bool]) -> None:
            before = len(rows)
            rows[:] = [row for row in rows if young(row)]
            if len(rows) < before:
                gone[table] = gone.get(table, 0) + before - len(rows)

        with self._open():
            for kept in self._meters.values():
                keep("meter_metrics", kept.metrics, lambda r: r.ts_ms >= ages.metrics)
                keep("network_metrics", kept.network, lambda r: r.ts_ms >= ages.metrics)
                keep("dlms_diagnostics", kept.diagnostics, lambda r: r.ts_ms >= ages.diagnostics)
                newest = {id(row) for row in kept.diagnostics[-ages.diagnostics_kept :]}
                keep("dlms_diagnostics", kept.diagnostics, lambda r: id(r) in newest)  # noqa: B023 called at once
                for (_, step), gathered in kept.rollups.items():
                    quarters = step is Step.QUARTER
                    before = ages.quarters if quarters else ages.days
                    old = [key for key in gathered.rows if key[1] < before]
                    for key in old:
                        del gathered.rows[key]
                    if old:
                        table = "readings_15min" if quarters else "readings_daily"
                        gone[table] = gone.get(table, 0) + len(old)
            for sink in self._sinks.values():
                keep("sink_metrics", sink.metrics, lambda r: r.ts_ms >= ages.metrics)
                keep("dead_letters", sink.dead, lambda r: r.ts_ms >= ages.dead_letters)
            keep("service_metrics", self._service, lambda r: r.ts_ms >= ages.metrics)
            keep("audit", self._audit, lambda r: r.ts_ms >= ages.audit)
            over = [
                number
                for number, alarm in self._alarms.items()
                if alarm.cleared_ms is not None and alarm.cleared_ms < ages.alarms
            ]
            for number in over:
                del self._alarms[number]
            if over:
                gone["alarms"] = len(over)
        return gone

    def _is_done(self, reading: Reading, excused: Container[tuple[str, str]]) -> bool:
        """Whether it is rolled up, and acknowledged by every enabled sink."""
        number = reading.number or 0
        reached = (
            max(
                sink.record.since,
                sink.cursors.get((reading.lane, reading.meter), 0),
                sink.cursors.get((reading.lane, ""), 0),
            )
            for sink in self._sinks.values()
            if sink.record.settings.enabled and (sink.record.name, reading.meter) not in excused
        )
        return number <= min((self._marks.get("rolled", 0), *reached))
