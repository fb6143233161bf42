"""In memory: how meters and lines did, in rows of five minutes."""

from __future__ import annotations

from collections.abc import Sequence

from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.records import MeterMetrics, NetworkMetrics


class MetricsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps how meters and lines did, in rows of five minutes."""

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Keep rows of meter_metrics."""
        with self._open():
            for row in rows:
                if (kept := self._meters.get(row.meter)) is not None:
                    kept.metrics.append(row)

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows of meter_metrics."""
        with self._open():
            rows = self._meter(meter).metrics
            return sorted((r for r in rows if r.ts_ms >= since_ms), key=lambda r: r.ts_ms)

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Keep rows of network_metrics."""
        with self._open():
            for row in rows:
                if (kept := self._meters.get(row.meter)) is not None:
                    kept.network.append(row)

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows of network_metrics."""
        with self._open():
            rows = self._meter(meter).network
            return sorted((r for r in rows if r.ts_ms >= since_ms), key=lambda r: r.ts_ms)
