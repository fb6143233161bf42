"""How much of a line's time its meters take, from what their polls really took. Pure.

A line carries one conversation at a time. Where several meters share it, each poll begins with an
association, and the endpoint rests between two of them; alone, a meter keeps its association while
its interval is short.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from dlmslite_daemon.config.schema import HASTY_INTERVAL, MeterSettings
from dlmslite_daemon.engine.opening import REST

WARNED = 0.7  # of the line's time; above it a slow answer makes others late (bridge.md 4)
REFUSED = 1.0  # more than all of its time


@frozen
class Warned:
    """Something that an operator should know of before he lives with it.

    Attributes:
        code: A stable code, such as ``W-LINE-LOAD``; one of an error only where it was forced.
        message: What, in one sentence.
    """

    code: str
    message: str


@frozen
class Pace:
    """What one meter takes of its line.

    Attributes:
        meter: Its name.
        every: Its poll interval, s.
        poll: From the first request of a poll to the last answer, s; None while nobody measured.
        opening: Connecting and associating, s; None likewise.
        stays: Whether the association outlives the poll.
    """

    meter: str
    every: float
    poll: float | None = None
    opening: float | None = None
    stays: bool = True

    @classmethod
    def of(
        cls, settings: MeterSettings, poll: float | None, opening: float | None, *, alone: bool
    ) -> Pace:
        """The pace of a meter.

        Args:
            settings: The meter.
            poll: What a poll took, s.
            opening: What an association took, s.
            alone: Whether it has its line to itself.
        """
        kept = alone and not settings.battery and settings.every <= settings.release_after
        return cls(settings.name, settings.every, poll, opening, kept)

    @property
    def seconds(self) -> float | None:
        """How long the line is taken by one poll, s; None while nobody measured."""
        if self.poll is None:
            return None
        return self.poll if self.stays else self.poll + (self.opening or 0.0) + REST

    @property
    def share(self) -> float:
        """Which part of the line's time it takes."""
        return 0.0 if self.seconds is None else self.seconds / self.every


@frozen
class LineLoad:
    """What all meters of a line take together.

    Attributes:
        line: The endpoint.
        paces: One for each meter.
    """

    line: str
    paces: tuple[Pace, ...]

    @property
    def share(self) -> float:
        """Which part of its time is taken; above 1 the polls cannot all be done."""
        return sum(pace.share for pace in self.paces)

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Meters of which nobody has measured anything yet."""
        return tuple(pace.meter for pace in self.paces if pace.seconds is None)

    @property
    def too_much(self) -> bool:
        """Whether it is more than the line can carry."""
        return self.share > REFUSED

    def warnings(self) -> tuple[Warned, ...]:
        """What an operator should know of it."""
        if self.share <= WARNED:
            return ()
        need = f"the line {self.line} is taken {self.share:.0%} of its time by its polls"
        limit = "more than there is" if self.too_much else f"{WARNED:.0%} is where others get late"
        code = "E-LINE-OVERLOAD" if self.too_much else "W-LINE-LOAD"
        return (Warned(code, f"{need}; {limit}"),)


def hasty(settings: MeterSettings) -> tuple[Warned, ...]:
    """A warning of an interval that wears the meter and its line."""
    if settings.every >= HASTY_INTERVAL:
        return ()
    message = f"a poll each {settings.every:g} s wears a meter; {HASTY_INTERVAL:g} s is plenty"
    return (Warned("W-INTERVAL", message),)


def busiest(loads: Iterable[LineLoad]) -> tuple[LineLoad, ...]:
    """Lines, the most taken first."""
    return tuple(sorted(loads, key=lambda load: (-load.share, load.line)))
