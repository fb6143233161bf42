"""What a store promises about how meters, lines, sinks and the bridge did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dlmslite_daemon.store.records import (
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.totals import MeterTotals, ServiceTotals, SinkTotals


class MetricsStore(Protocol):
    """The part of every store that keeps how all did, in rows of five minutes.

    A row belongs to a window ``(since, until]`` by the end of its span.
    """

    def record(self, interval: Interval) -> None:
        """Write all rows of a span; those of unknown meters and sinks are left out."""
        ...

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Write rows of ``meter_metrics``; those of unknown meters are left out."""
        ...

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows since a time, oldest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def latest_metrics(self, since_ms: int) -> dict[str, MeterMetrics]:
        """The newest row of each meter that has one since a time."""
        ...

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Write rows of ``network_metrics``; those of unknown meters are left out."""
        ...

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows since a time, oldest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def service_metrics(self, since_ms: int = 0) -> list[ServiceMetrics]:
        """The rows of the bridge since a time, oldest first."""
        ...

    def sink_metrics(self, sink: str, since_ms: int = 0) -> list[SinkMetrics]:
        """A sink's rows since a time, oldest first.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def meter_totals(self, since_ms: int, until_ms: int) -> dict[str, MeterTotals]:
        """What the rows of each meter add up to; a meter without rows is not there."""
        ...

    def service_totals(self, since_ms: int, until_ms: int) -> ServiceTotals:
        """What the rows of the bridge add up to."""
        ...

    def sink_totals(self, since_ms: int, until_ms: int) -> dict[str, SinkTotals]:
        """What the rows of each sink add up to; a sink without rows is not there."""
        ...
