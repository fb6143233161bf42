"""How far the enabled sinks have come together: of all meters, and of those with own cursors."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class Reach:
    """Numbers of readings up to which all is acknowledged.

    Attributes:
        shared: By every sink that has one cursor for all meters; None where there is none.
        own: By every sink that has a cursor for each meter, by meter.
    """

    shared: int | None = None
    own: Mapping[str, int] = field(factory=dict)

    def of(self, meter: str) -> int | None:
        """Of one meter; None where no sink is to get it."""
        known = [number for number in (self.shared, self.own.get(meter)) if number is not None]
        return min(known, default=None)

    @property
    def behind(self) -> dict[str, int]:
        """The meters whose own cursors are behind the shared ones, or alone."""
        return {
            meter: number
            for meter, number in self.own.items()
            if self.shared is None or number < self.shared
        }
