"""In memory: how meters, lines, sinks and the bridge did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.records import (
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.totals import MeterTotals, ServiceTotals, SinkTotals, added


class MetricsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps how all did, in rows of five minutes."""

    def record(self, interval: Interval) -> None:
        """Keep all rows of a span."""
        with self._open():
            self.add_meter_metrics(interval.meters)
            self.add_network_metrics(interval.network)
            if interval.service is not None:
                self._service.append(interval.service)
            for row in interval.sinks:
                if row.sink in self._sinks:
                    self._sinks[row.sink].metrics.append(row)
            self._marks.update(interval.marks)

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Keep rows of meter_metrics."""
        with self._open():
            for row in rows:
                if (kept := self._meters.get(row.meter)) is not None:
                    kept.metrics.append(row)

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows of meter_metrics."""
        with self._open():
            return _since(self._meter(meter).metrics, since_ms)

    def latest_metrics(self, since_ms: int) -> dict[str, MeterMetrics]:
        """The newest row of each meter."""
        with self._open():
            rows = {name: _since(kept.metrics, since_ms) for name, kept in self._meters.items()}
        return {name: found[-1] for name, found in rows.items() if found}

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Keep rows of network_metrics."""
        with self._open():
            for row in rows:
                if (kept := self._meters.get(row.meter)) is not None:
                    kept.network.append(row)

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows of network_metrics."""
        with self._open():
            return _since(self._meter(meter).network, since_ms)

    def service_metrics(self, since_ms: int = 0) -> list[ServiceMetrics]:
        """The rows of service_metrics."""
        with self._open():
            return _since(self._service, since_ms)

    def sink_metrics(self, sink: str, since_ms: int = 0) -> list[SinkMetrics]:
        """A sink's rows of sink_metrics."""
        with self._open():
            return _since(self._sink(sink).metrics, since_ms)

    def meter_totals(self, since_ms: int, until_ms: int) -> dict[str, MeterTotals]:
        """What the rows of each meter add up to."""
        with self._open():
            found = {
                kept.record.name: (
                    _within(kept.metrics, since_ms, until_ms),
                    _within(kept.network, since_ms, until_ms),
                )
                for kept in self._meters.values()
            }
        return {name: _meter(*rows) for name, rows in found.items() if any(rows)}

    def service_totals(self, since_ms: int, until_ms: int) -> ServiceTotals:
        """What the rows of the bridge add up to."""
        with self._open():
            rows = _within(self._service, since_ms, until_ms)
        names = (
            "seconds", "ready_seconds", "disconnections", "readings", "readings_duplicate",
            "readings_lost", "thread_restarts", "store_failures",
        )  # fmt: skip
        return ServiceTotals(*_span(rows), *(_sum(rows, name) for name in names))

    def sink_totals(self, since_ms: int, until_ms: int) -> dict[str, SinkTotals]:
        """What the rows of each sink add up to."""
        with self._open():
            found = {
                kept.record.name: _within(kept.metrics, since_ms, until_ms)
                for kept in self._sinks.values()
            }
        return {name: _of_sink(rows) for name, rows in found.items() if rows}


class _Row(Protocol):
    @property
    def ts_ms(self) -> int: ...

    @property
    def seconds(self) -> float: ...


R = TypeVar("R", bound=_Row)


def _since(rows: Iterable[R], since_ms: int) -> list[R]:
    return sorted((row for row in rows if row.ts_ms >= since_ms), key=lambda row: row.ts_ms)


def _within(rows: Iterable[R], since_ms: int, until_ms: int) -> list[R]:
    return [row for row in rows if since_ms < row.ts_ms <= until_ms]


def _span(rows: Sequence[_Row]) -> tuple[int, int]:
    first = min((row.ts_ms - round(row.seconds * 1000) for row in rows), default=0)
    return first, max((row.ts_ms for row in rows), default=0)


def _sum(rows: Iterable[object], name: str) -> int:
    total: int = sum(getattr(row, name) for row in rows)
    return total


def _counts(mappings: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for mapping in mappings:
        total.update(mapping)
    return dict(total)


def _meter(rows: Sequence[MeterMetrics], network: Sequence[NetworkMetrics]) -> MeterTotals:
    first, last = _span([*rows, *network])
    of_polls = (
        "seconds", "running_seconds", "polls_due", "polls_complete", "polls_partial",
        "polls_empty", "polls_failed", "readings", "acknowledged", "refused", "reads_failed",
        "overruns", "reassociations",
    )  # fmt: skip
    of_lines = (
        "connects", "octets_sent", "octets_received", "octets_discarded", "frames_sent",
        "frames_received", "round_trips",
    )  # fmt: skip
    return MeterTotals(
        first_ms=first,
        last_ms=last,
        **{name: _sum(rows, name) for name in of_polls},
        **{name: _sum(network, name) for name in of_lines},
        protocol_errors=_counts(row.errors_by_kind for row in rows),
        failures=_counts(row.failures for row in rows),
        latency=added(row.latency for row in rows),
        latency_sum=sum((row.read_seconds_avg or 0.0) * sum(row.latency) for row in rows),
        latency_min=min(_known(row.read_seconds_min for row in rows), default=None),
        latency_max=max(_known(row.read_seconds_max for row in rows), default=None),
        end_to_end=added(row.end_to_end for row in rows),
        round_trip_seconds=sum((row.round_trip_avg or 0.0) * row.round_trips for row in network),
    )


def _of_sink(rows: Sequence[SinkMetrics]) -> SinkTotals:
    names = (
        "seconds", "connected_seconds", "sent", "acknowledged", "readings_acknowledged",
        "refused", "disconnections",
    )  # fmt: skip
    first, last = _span(rows)
    return SinkTotals(
        first_ms=first,
        last_ms=last,
        **{name: _sum(rows, name) for name in names},
        pending=max(row.pending for row in rows),
        oldest_pending_ms=max(_known(row.oldest_pending_ms for row in rows), default=None),
    )


N = TypeVar("N", int, float)


def _known(values: Iterable[N | None]) -> list[N]:
    return [value for value in values if value is not None]
