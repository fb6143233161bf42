"""Percentiles of counted spans: bounds and counts in, a bound out that never flatters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

SHARES = (Decimal("0.5"), Decimal("0.95"), Decimal("0.99"))


@frozen
class Histogram:
    """How often spans fell between bounds.

    Attributes:
        bounds: The upper bounds, s, rising; a span equal to a bound is within it.
        counts: One more than the bounds: the last is of what was above all of them.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1:
            raise ValueError(f"{len(self.bounds)} bounds and {len(self.counts)} counts")

    @classmethod
    def total(cls, bounds: Sequence[float], many: Sequence[Sequence[int]]) -> Histogram:
        """Several of the same bounds as one; empty counts are none."""
        sums = [0] * (len(bounds) + 1)
        for counts in many:
            for place, count in enumerate(counts):
                sums[place] += count
        return cls(tuple(bounds), tuple(sums))

    @property
    def count(self) -> int:
        """How many spans there are."""
        return sum(self.counts)

    def percentile(self, share: Decimal, largest: float | None = None) -> Decimal | None:
        """The bound under which at least this share of all spans lies; None without any.

        The true percentile is at most this. It is at most the largest span, where that is known;
        where it is not, what lies above all bounds is called infinite.

        Args:
            share: 0 to 1.
            largest: The largest span that was seen, s.
        """
        wanted = share * self.count
        seen = 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            seen += count
            if count and seen >= wanted:
                return Decimal(repr(bound if largest is None else min(bound, largest)))
        return None
