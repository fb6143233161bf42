"""What a store promises about meters, their series, and sinks."""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord


class FleetStore(Protocol):
    """The part of every store that keeps meters, their series, and sinks."""

    def meters(self) -> list[MeterRecord]:
        """All meters, by number."""
        ...

    def meter(self, name: str | int) -> MeterRecord:
        """A meter by name, by number, or by a number as text.

        Raises:
            UnknownMeter: There is none.
        """
        ...

    def add_meter(self, settings: MeterSettings, number: int | None = None) -> MeterRecord:
        """Enter a meter with its series.

        Args:
            settings: What it is.
            number: The number to give it, where no meter has or had that; None for the next.

        Raises:
            NameTaken: There is one of that name.
        """
        ...

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        """Replace the settings of the meter of that name, its series included.

        Raises:
            UnknownMeter: There is none.
        """
        ...

    def set_desired(self, meter: str, desired: Desired) -> MeterRecord:
        """Run or pause a meter.

        Raises:
            UnknownMeter: There is none.
        """
        ...

    def remove_meter(self, meter: str) -> None:
        """Remove a meter; its stored readings are still delivered, its name is free again.

        Raises:
            UnknownMeter: There is none.
        """
        ...

    def add_series(self, meter: str, series: SeriesSettings) -> MeterRecord:
        """Enter a series.

        Raises:
            UnknownMeter: There is no such meter.
            NameTaken: It has a series of that key.
        """
        ...

    def remove_series(self, meter: str, key: str) -> MeterRecord:
        """Remove a series; its stored readings are still delivered.

        Raises:
            UnknownMeter: There is no such meter.
            UnknownSeries: It has no such series.
        """
        ...

    def sinks(self) -> list[SinkRecord]:
        """All sinks, by number."""
        ...

    def add_sink(self, settings: SinkSettings, *, from_beginning: bool = False) -> SinkRecord:
        """Enter a sink; it gets what is stored from now on, or all that is there.

        Raises:
            NameTaken: There is one of that name.
        """
        ...

    def set_sink(self, settings: SinkSettings) -> SinkRecord:
        """Replace the settings of the sink of that name; its cursors stay.

        Raises:
            UnknownSink: There is none.
        """
        ...

    def remove_sink(self, sink: str) -> None:
        """Remove a sink with its cursors and dead letters.

        Raises:
            UnknownSink: There is none.
        """
        ...
