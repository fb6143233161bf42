"""What is due, and when the next thing is. Pure; no threads.

A fixed rate on a fixed grid: slot k of a meter is at ``origin + k * every``, whatever happened
before. A slow poll never overlaps the next: slots that passed meanwhile are gone, and the next one
is on the grid again. The origins are spread by a hash of the meter's name, so that a fleet never
polls in step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Self

from attrs import evolve, frozen

from dlmslite_daemon.policies.backoff import spread

FIRST_POLLS_PER_SECOND = 20.0  # below the connect rate of 30, so that a start needs no queue
FIRST_POLL_SPREAD = 1.0  # seconds at least


@frozen
class Schedule:
    """The slots of one meter.

    Attributes:
        every: The poll interval, s.
        due: The next slot, s on the monotonic clock.
    """

    every: float
    due: float

    @classmethod
    def begin(cls, name: str, every: float, now: float, fleet: int = 1) -> Self:
        """The schedule of a meter that begins now.

        Args:
            name: The meter's name; spreads the first polls.
            every: The poll interval, s.
            now: The time, s.
            fleet: How many meters there are; more need a wider spread.
        """
        window = min(every, max(FIRST_POLL_SPREAD, fleet / FIRST_POLLS_PER_SECOND))
        return cls(every, now + spread(name) * window)

    def passed(self, now: float) -> tuple[Self, int]:
        """Step over the slots that have come.

        Args:
            now: The time, s.

        Returns:
            The schedule whose next slot is still to come, and how many slots have come.
        """
        if now < self.due:
            return self, 0
        count = math.floor((now - self.due) / self.every) + 1
        return evolve(self, due=self.due + count * self.every), count


def fairest(candidates: Iterable[tuple[str, float]]) -> str | None:
    """Whose turn it is on a shared line: the one that has waited longest past its time.

    Args:
        candidates: Names with the times from which they waited.

    Returns:
        A name, or None if there is none.
    """
    return min(candidates, key=lambda pair: (pair[1], pair[0]), default=(None, 0.0))[0]
