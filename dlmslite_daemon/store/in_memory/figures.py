"""In memory: what reports ask."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.in_memory.delivery import DeliveryInMemory
from dlmslite_daemon.store.reach import Reach
from dlmslite_daemon.store.records import MeterMetrics


class FiguresInMemory(DeliveryInMemory):
    """The part of ``MemoryStore`` that answers what reports ask."""

    def course(self, meter: str, series: str, bounds_ms: Sequence[int], gap_ms: int) -> Course:
        """The course of a register."""
        with self._open():
            own = [r for r in self._meter(meter).readings if r.series == series]
        if not bounds_ms:
            return Course()
        own.sort(key=_order)
        before = [r for r in own if r.ts_ms <= bounds_ms[0]][:-1]
        heard = [r for r in own[len(before) :] if r.ts_ms <= bounds_ms[-1]]
        kept = heard[:1] + [r for r in heard if r.ts_ms > bounds_ms[0]][:1]
        gaps = []
        for bound in bounds_ms:
            kept += [r for r in heard if r.ts_ms <= bound][-1:]
        for one, other in itertools.pairwise(heard):
            if other.ts_ms - one.ts_ms > gap_ms:
                gaps.append((one.ts_ms, other.ts_ms))
            elif Decimal(other.value_text()) >= Decimal(one.value_text()):
                continue
            kept += [one, other]
        return Course(tuple(sorted({r.number: r for r in kept}.values(), key=_order)), tuple(gaps))

    def undelivered(
        self, since_ms: int, until_ms: int, reaches: Mapping[Lane, Reach]
    ) -> dict[str, int]:
        """How many readings of a span are not acknowledged, by meter."""
        with self._open():
            sinks = [sink for sink in self._sinks.values() if sink.record.settings.enabled]
            readings = [r for r in self._readings if since_ms <= r.host_ts_ms < until_ms]
            buried = [letter for sink in sinks for letter in sink.dead]
        found: Counter[str] = Counter()
        for r in readings:
            number = r.number or 0
            reached = reaches.get(r.lane, Reach()).of(r.meter)
            refused = any(d.lane is r.lane and d.first <= number <= d.last for d in buried)
            if reached is not None and (number > reached or refused):
                found[r.meter] += 1
        return dict(found)

    def delivered_until(self, reach: Reach) -> dict[str, int]:
        """When each meter's newest acknowledged live reading was measured."""
        found: dict[str, int] = {}
        with self._open():
            for name, kept in self._meters.items():
                reached = reach.of(name)
                for r in kept.readings if reached is not None else ():
                    if r.lane is Lane.LIVE and (r.number or 0) <= (reached or 0):
                        found[name] = max(found.get(name, 0), r.ts_ms)
        return found

    def absences(self, since_ms: int, until_ms: int) -> dict[str, list[tuple[int, int, float]]]:
        """The spans in which a meter that was to be polled was not there."""
        with self._open():
            found = {
                name: _absences([row for row in kept.metrics if since_ms < row.ts_ms <= until_ms])
                for name, kept in self._meters.items()
            }
        return {name: spans for name, spans in found.items() if spans}


def _absences(rows: list[MeterMetrics]) -> list[tuple[int, int, float]]:
    """The spans without the meter; one that tells nothing is as the last before it that did."""
    rows.sort(key=lambda row: row.ts_ms)
    told = [
        row.readings == 0 for row in rows if row.readings or (row.polls_due and row.running_seconds)
    ]
    away, spans = bool(told and told[0]), []
    for row in rows:
        if row.readings or (row.polls_due and row.running_seconds):
            away = row.readings == 0
        if away and row.running_seconds:
            begin_ms = row.ts_ms - round(row.seconds * 1000)
            spans.append((begin_ms, row.ts_ms, row.running_seconds))
    return spans


def _order(reading: Reading) -> tuple[int, int]:
    return reading.ts_ms, reading.lane.value
