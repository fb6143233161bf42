"""What a store promises about alarms: the alarms, what is muted, and what sinks are to be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Mute
from dlmslite_daemon.store.ticket import Ticket


class AlarmsStore(Protocol):
    """The part of every store that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter a new alarm, or replace the one of its number; gives it back with its number."""
        ...

    def save_alarms(self, alarms: Sequence[tuple[Alarm, Change | None]]) -> list[Alarm]:
        """Enter or replace alarms in one commit, each with what sinks are to be told of it.

        Args:
            alarms: Each alarm, and what happened to it; None if no sink is to be told.
        """
        ...

    def alarm(self, number: int) -> Alarm:
        """One alarm.

        Raises:
            UnknownAlarm: There is none of that number.
        """
        ...

    def alarms(
        self,
        *,
        active: bool = True,
        subject: str | None = None,
        limit: int = 1000,
        before: int | None = None,
    ) -> list[Alarm]:
        """Alarms, newest first; those that are over too when ``active`` is false.

        Args:
            active: Only those that are open.
            subject: Only of this subject.
            limit: At most so many.
            before: Only those with a smaller number: the next page.
        """
        ...

    def save_mute(self, mute: Mute) -> Mute:
        """Enter a mute in place of the one of the same code and subject; returns it numbered."""
        ...

    def remove_mute(self, number: int) -> None:
        """Remove a mute; nothing happens if there is none of that number."""
        ...

    def mutes(self) -> list[Mute]:
        """Every mute, by number; those that have ended too."""
        ...

    def alarm_events(self, after: int, limit: int) -> list[AlarmEvent]:
        """What sinks are to be told, in rising order of the numbers, which are higher than one."""
        ...

    def alarm_cursor(self, sink: str) -> int:
        """The event up to which a sink has acknowledged all; a new sink begins with what comes.

        Raises:
            UnknownSink: There is no such sink.
        """
        ...

    def advance_alarms(self, sink: str, number: int) -> Ticket:
        """Move a sink's cursor over alarms forwards; a smaller number leaves it where it is.

        The ticket fails with ``UnknownSink`` if the sink was removed.
        """
        ...
