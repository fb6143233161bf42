"""In memory: alarms."""

from __future__ import annotations

from attrs import evolve

from dlmslite_daemon.alarm import Alarm
from dlmslite_daemon.store.in_memory.state import MemoryState


class AlarmsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        with self._open():
            number = alarm.number or len(self._alarms) + 1
            self._alarms[number] = numbered = evolve(alarm, number=number)
            return numbered

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first."""
        with self._open():
            newest = [self._alarms[number] for number in sorted(self._alarms, reverse=True)]
        fit = [a for a in newest if (a.active or not active) and subject in {None, a.subject}]
        return fit[:limit]
