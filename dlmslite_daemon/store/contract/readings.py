"""What a store promises about readings, and asking for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.ticket import Ticket


class ReadingsStore(Protocol):
    """The part of every store that keeps readings, and asking for them."""

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

    def readings_since(self, since_ms: int, meter: str | None = None) -> int:
        """How many readings have a time at or after this one: of a meter, or of all there are.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def latest(self, meter: str) -> dict[str, Reading]:
        """The newest reading of each series of a meter; raises ``UnknownMeter``."""
        ...

    def last_measured(self) -> dict[str, int]:
        """When the newest reading of each meter was measured, ms UTC; of its present series."""
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
