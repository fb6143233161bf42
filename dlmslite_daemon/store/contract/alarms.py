"""What a store promises about alarms."""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.alarm import Alarm


class AlarmsStore(Protocol):
    """The part of every store that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter a new alarm, or replace the one of its number; gives it back with its number."""
        ...

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first; those that are over too when ``active`` is false."""
        ...
