"""In memory: alarms, mutes, and what sinks are to be told."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Mute
from dlmslite_daemon.errors import BridgeError, UnknownAlarm
from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.ticket import Stored, Ticket


class AlarmsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        return self.save_alarms([(alarm, None)])[0]

    def save_alarms(self, alarms: Sequence[tuple[Alarm, Change | None]]) -> list[Alarm]:
        """Enter or replace alarms, with what sinks are told."""
        kept = []
        with self._open():
            for alarm, change in alarms:
                number = alarm.number or max(self._alarms, default=0) + 1
                self._alarms[number] = numbered = evolve(alarm, number=number)
                kept.append(numbered)
                if change is not None:
                    serial = len(self._alarm_events) + 1
                    event = AlarmEvent(serial, self._clock.utc_ms(), change, numbered)
                    self._alarm_events.append(event)
        return kept

    def alarm(self, number: int) -> Alarm:
        """One alarm."""
        with self._open():
            if number not in self._alarms:
                raise UnknownAlarm(number)
            return self._alarms[number]

    def alarms(
        self,
        *,
        active: bool = True,
        subject: str | None = None,
        limit: int = 1000,
        before: int | None = None,
    ) -> list[Alarm]:
        """Alarms, newest first."""
        with self._open():
            numbers = sorted(self._alarms, reverse=True)
            newest = [self._alarms[n] for n in numbers if before is None or n < before]
        fit = [a for a in newest if (a.active or not active) and subject in {None, a.subject}]
        return fit[:limit]

    def save_mute(self, mute: Mute) -> Mute:
        """Enter a mute."""
        with self._open():
            taken = next((m for m in self._mutes.values() if _same(m, mute)), None)
            self._mute_ids += taken is None
            number = self._mute_ids if taken is None else taken.number or 0
            self._mutes[number] = numbered = evolve(mute, number=number)
            return numbered

    def remove_mute(self, number: int) -> None:
        """Remove a mute."""
        with self._open():
            self._mutes.pop(number, None)

    def mutes(self) -> list[Mute]:
        """Every mute."""
        with self._open():
            return [self._mutes[number] for number in sorted(self._mutes)]

    def alarm_events(self, after: int, limit: int) -> list[AlarmEvent]:
        """What sinks are to be told."""
        with self._open():
            return self._alarm_events[after : after + limit]

    def alarm_cursor(self, sink: str) -> int:
        """Where a sink's cursor over alarms stands."""
        with self._open():
            return self._sink(sink).alarms

    def advance_alarms(self, sink: str, number: int) -> Ticket:
        """Move a sink's cursor over alarms forwards."""
        ticket = Ticket()
        try:
            with self._open():
                known = self._sink(sink)
                known.alarms = max(known.alarms, number)
        except BridgeError as error:
            ticket.fail(error)
        else:
            ticket.resolve(Stored(0))
        return ticket


def _same(one: Mute, other: Mute) -> bool:
    return (one.code, one.subject) == (other.code, other.subject)
