"""What a store promises about the questions of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.reach import Reach


class FiguresStore(Protocol):
    """The part of every store that answers what reports ask."""

    def course(self, meter: str, series: str, bounds_ms: Sequence[int], gap_ms: int) -> Course:
        """The course of a register: those of its readings that tell it, and its gaps.

        Landmarks are: the last reading at or before each bound, the first one after the first
        bound, both sides of each gap, and both sides of each fall. More may be among them.

        Args:
            meter: The meter's name or number.
            series: The series.
            bounds_ms: Rising times, ms UTC; nothing after the last one is looked at.
            gap_ms: Two readings further apart than this have a gap between them, ms.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def undelivered(
        self, since_ms: int, until_ms: int, reaches: Mapping[Lane, Reach]
    ) -> dict[str, int]:
        """How many readings that were taken in a span some enabled sink has not acknowledged.

        Args:
            since_ms: The span's begin, by the host's time of a reading, ms UTC.
            until_ms: Its end.
            reaches: How far the sinks have come, by lane.

        Returns:
            By meter; those of which all were acknowledged are left out, and those that no sink is
            to get. What a sink refused for good counts as not acknowledged.
        """
        ...

    def delivered_until(self, reach: Reach) -> dict[str, int]:
        """When each meter's newest live reading was measured that all enabled sinks acknowledged.

        Args:
            reach: How far the sinks have come with live readings.

        Returns:
            By meter, ms UTC; meters of which none was acknowledged are left out.
        """
        ...

    def absences(self, since_ms: int, until_ms: int) -> dict[str, list[tuple[int, int, float]]]:
        """The spans of a window in which a meter that was to be polled was not there.

        In such a span a poll was due and no value came. One in which no poll was due tells nothing
        of itself: the meter is as it was told last in the window, or, before that, first. A span
        belongs to a window ``(since, until]`` by its end, as in ``MetricsStore``.

        Returns:
            By meter, in order: where the span begins and ends, ms UTC, and how long of it the
            meter was to be polled, s.
        """
        ...
