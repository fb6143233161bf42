"""What happens when: meters that break, a broker that stops, each for a while. Time is an argument.

Keys and options both end up here, so what a key does can be told by an option too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import define, field, frozen


class Breakable(Protocol):
    """Something that can be broken and healed: a meter's power, the broker."""

    @property
    def broken(self) -> bool:
        """Whether it is broken now."""
        ...

    def break_it(self) -> None:
        """Break it."""
        ...

    def heal(self) -> None:
        """Heal it."""
        ...


@frozen
class Outage:
    """A planned break.

    Attributes:
        begin: Seconds after the start.
        seconds: How long it lasts.
        what: What breaks.
        name: How the screen calls it.
    """

    begin: float
    seconds: float
    what: Breakable
    name: str


@define
class Script:
    """The plan of a demonstration.

    Attributes:
        outages: What was planned.
        seconds: When it ends by itself, after the start; None for never.
    """

    outages: Sequence[Outage]
    seconds: float | None = None
    _done: set[tuple[int, bool]] = field(factory=set, init=False)

    def play(self, elapsed: float) -> list[str]:
        """Do what is due; tells what was done.

        Args:
            elapsed: Seconds since the start.
        """
        said: list[str] = []
        for number, outage in enumerate(self.outages):
            if elapsed >= outage.begin and (number, True) not in self._done:
                self._done.add((number, True))
                outage.what.break_it()
                said.append(f"{outage.name} breaks for {outage.seconds:g} s")
            if elapsed >= outage.begin + outage.seconds and (number, False) not in self._done:
                self._done.add((number, False))
                outage.what.heal()
                said.append(f"{outage.name} is back")
        return said

    def over(self, elapsed: float) -> bool:
        """Whether it has ended by itself."""
        return self.seconds is not None and elapsed >= self.seconds


def toggle(what: Breakable, name: str) -> str:
    """Break what works, heal what is broken; tells what was done."""
    if what.broken:
        what.heal()
        return f"{name} is back"
    what.break_it()
    return f"{name} breaks"
