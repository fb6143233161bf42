"""What a store promises about readings by the quarter of an hour and by the day, and about age."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from dlmslite_daemon.store.records import Ages
from dlmslite_daemon.store.rollup import Rollup, Step


class RollupsStore(Protocol):
    """The part of every store that rolls readings up, and lets go of what is old."""

    def roll_up(self, limit: int = 100_000) -> int:
        """Merge the next committed readings into their quarters of an hour and their days, once.

        Returns:
            How many numbers were passed; less than the limit when all is rolled up.
        """
        ...

    def rollups(
        self, meter: str, series: str, step: Step, since_ms: int, until_ms: int
    ) -> list[Rollup]:
        """The rows of a series that begin in ``[since, until)``, oldest first, lanes apart.

        What was committed since the last ``roll_up`` is not in them.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def prune_readings(
        self,
        before_ms: int,
        after: int = 0,
        limit: int = 5_000,
        excused: Container[tuple[str, str]] = (),
    ) -> tuple[int, int]:
        """Remove readings that the host had before a time; the next ones by number.

        None goes that an enabled sink has not acknowledged, that is not rolled up, or that is the
        newest of its series.

        Args:
            before_ms: The time, ms UTC.
            after: Look at higher numbers only.
            limit: Look at so many.
            excused: Sinks that are not to have a meter's readings, by (sink, meter).

        Returns:
            How many were removed, and the number to go on after; 0 when there is nothing older.
        """
        ...

    def prune(self, ages: Ages) -> dict[str, int]:
        """Remove what else is too old, as much as is bearable at a time.

        Returns:
            How many rows went, by table; nothing when all is young enough.
        """
        ...
