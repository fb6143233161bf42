"""The course of a register: the few readings that tell it, and the gaps between readings."""

from __future__ import annotations

from attrs import frozen

from dlmslite_daemon.reading import Reading


@frozen
class Course:
    """How a register went over some time.

    Attributes:
        landmarks: In rising order of their time. Between two that follow one another the register
            rose or stood still, whatever other readings lie there.
        gaps: Spans between two readings that follow one another and are too far apart, ms UTC.
    """

    landmarks: tuple[Reading, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
