"""What a store promises about how meters and lines did, in rows of five minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dlmslite_daemon.store.records import MeterMetrics, NetworkMetrics


class MetricsStore(Protocol):
    """The part of every store that keeps how meters and lines did, in rows of five minutes."""

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Write rows of ``meter_metrics``; those of unknown meters are left out."""
        ...

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows since a time, oldest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
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
