"""What a store promises: append, query, a cursor for each sink, a notebook for each meter.

A reading is durable when the ticket of its batch is resolved, never before. Numbers rise in commit
order: once a number was seen, no smaller one becomes visible later, so a cursor cannot step over a
reading. ``(meter, series, ts_ms, lane)`` is stored once; the same again is counted as a duplicate.

All methods may be called from any thread. Those that change something return after the commit,
except ``append`` and ``advance``, whose tickets tell; both wait for company up to the group commit.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from dlmslite_daemon.alarm import Alarm
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.errors import BridgeError, StoreError
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.records import (
    AuditEntry,
    DeadLetter,
    Desired,
    Diagnostic,
    MeterMetrics,
    MeterRecord,
    NetworkMetrics,
    SinkRecord,
    TokenRecord,
)


@frozen
class Stored:
    """What became of a batch.

    Attributes:
        count: How many readings are new in the store.
        duplicates: How many were there already.
        refused: How many belong to no known meter and series: removed since they were read.
    """

    count: int
    duplicates: int = 0
    refused: int = 0


class Ticket:
    """The promise of a commit.

    Attributes:
        event: Set when the commit was made or has failed; wait for it with the clock.
    """

    __slots__ = ("_error", "_stored", "event")

    def __init__(self) -> None:
        self.event = threading.Event()
        self._stored: Stored | None = None
        self._error: BridgeError | None = None

    @property
    def done(self) -> bool:
        """Whether the outcome is known."""
        return self.event.is_set()

    def resolve(self, stored: Stored) -> None:
        """The commit was made; the store alone calls it."""
        self._stored = stored
        self.event.set()

    def fail(self, error: BridgeError) -> None:
        """The commit will not be made; the store alone calls it."""
        self._error = error
        self.event.set()

    def result(self) -> Stored:
        """What became of the batch.

        Raises:
            BridgeError: Why the commit failed.
            StoreError: The outcome is not known yet (``E-STORE-PENDING``).
        """
        if self._error is not None:
            raise self._error
        if self._stored is None:
            raise StoreError("the commit is still to come", code="E-STORE-PENDING")
        return self._stored


class Store(Protocol):
    """The contract of every store; one shared suite tests them all."""

    # ---------------------------------------------------------------- readings

    def append(self, batch: Sequence[Reading]) -> Ticket:
        """Hand readings over for the next group commit; they are stored together or not at all.

        The ticket has failed already, with ``StoreBacklog``, when more than the limit waits.
        """
        ...

    def readings_after(
        self, lane: Lane, number: int, limit: int, meters: Sequence[str] | None = None
    ) -> list[Reading]:
        """The next committed readings of a lane, in rising order of their numbers.

        Args:
            lane: Which lane.
            number: Those with higher numbers are wanted.
            limit: At most so many.
            meters: Only of these meters; None for all. Readings of removed meters are included.
        """
        ...

    def readings(
        self,
        meter: str,
        since_ms: int = 0,
        until_ms: int | None = None,
        limit: int = 1000,
        series: str | None = None,
    ) -> list[Reading]:
        """A meter's newest readings in a span ``[since, until)``, in rising order of their time.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def latest(self, meter: str) -> dict[str, Reading]:
        """The newest reading of each series of a meter; raises ``UnknownMeter``."""
        ...

    def readings_since(self, since_ms: int, meter: str | None = None) -> int:
        """How many readings have a time at or after this one: of a meter, or of all there are.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def last_number(self) -> int:
        """The highest number that was committed; 0 in an empty store."""
        ...

    def waiting(self) -> tuple[int, int]:
        """How many readings, and about how many octets, wait for a commit."""
        ...

    def flush(self) -> None:
        """Ask the writer to commit what waits without waiting for company; does not wait."""
        ...

    # ---------------------------------------------------------------- delivery

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """The number up to which all is acknowledged; a new cursor stands where the sink began.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards; a smaller number than it has leaves it where it is.

        The ticket fails with ``UnknownSink`` if the sink was removed.
        """
        ...

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane have a higher number; counting ends at the limit."""
        ...

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a message that was refused for good.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def dead_letters(self, sink: str, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters of a sink, newest first."""
        ...

    # ---------------------------------------------------------------- fleet

    def meters(self) -> list[MeterRecord]:
        """All meters, by number."""
        ...

    def meter(self, name: str | int) -> MeterRecord:
        """A meter by name, by number, or by a number as text.

        Raises:
            UnknownMeter: There is none.
        """
        ...

    def add_meter(self, settings: MeterSettings) -> MeterRecord:
        """Enter a meter with its series.

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

    # ---------------------------------------------------------------- memory of the parts above

    def notebook(self, meter: str) -> dict[str, str]:
        """What is remembered about a meter between sessions: scalers, units, conformance.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def note(self, meter: str, entries: Mapping[str, str | None]) -> None:
        """Write entries into a meter's notebook; None strikes one out.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def guard(self, key: str) -> str | None:
        """The stored state of a credential guard, as its policy wrote it; None if there is none."""
        ...

    def save_guard(self, key: str, state: str) -> None:
        """Keep the state of a credential guard; committed before it returns."""
        ...

    def counts(self, scope: str) -> dict[str, int]:
        """Counters that survive a restart, such as those of ``meter/kitchen`` or ``sink/tb``."""
        ...

    def count(self, scope: str, counts: Mapping[str, int]) -> None:
        """Add to counters."""
        ...

    # ---------------------------------------------------------------- journal

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter a new alarm, or replace the one of its number; gives it back with its number."""
        ...

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first; those that are over too when ``active`` is false."""
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

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Write rows of ``network_metrics``; those of unknown meters are left out."""
        ...

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows since a time, oldest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def add_diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write a row of ``dlms_diagnostics``; one of an unknown meter is left out."""
        ...

    def diagnostics(self, meter: str, limit: int = 100) -> list[Diagnostic]:
        """A meter's newest protocol events, newest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Write down an action of an operator."""
        ...

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """The newest actions of operators, newest first."""
        ...

    def add_token(self, token: TokenRecord) -> None:
        """Enter a token; raises ``NameTaken`` when there is one of that name."""
        ...

    def tokens(self) -> list[TokenRecord]:
        """All tokens."""
        ...

    def token(self, digest: str) -> TokenRecord | None:
        """The token with that digest; None if there is none."""
        ...

    def remove_token(self, name: str) -> None:
        """Remove a token; nothing happens if there is none of that name."""
        ...

    # ---------------------------------------------------------------- life

    def info(self) -> dict[str, str | int]:
        """What kind it is, where it is, its schema number and size: for health and status."""
        ...

    def close(self) -> None:
        """Commit what waits and let go; further calls raise ``StoreError``."""
        ...
