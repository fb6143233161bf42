"""What a store promises about notebooks, guards, counters, marks and settings."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class NotesStore(Protocol):
    """The part of every store that keeps notebooks, guards, counters, marks and settings."""

    def notebook(self, meter: str) -> dict[str, str]:
        """What is remembered about a meter between sessions: scalers, units, conformance.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def notebooks(self, keys: Collection[str]) -> dict[str, dict[str, str]]:
        """These entries of every meter's notebook, by meter; of one that has none, nothing."""
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

    def mark(self, name: str) -> int:
        """The number up to which some work of the bridge over the readings is done; 0 at first."""
        ...

    def set_mark(self, name: str, number: int) -> None:
        """Move a mark; committed before it returns."""
        ...

    def setting(self, key: str) -> str | None:
        """What operators set for the whole fleet while the bridge ran; None if nothing."""
        ...

    def settings(self, prefix: str = "") -> dict[str, str]:
        """All of these settings whose keys begin so."""
        ...

    def save_setting(self, key: str, value: str | None) -> None:
        """Set one; None takes it back. Committed before it returns."""
        ...
