"""What a sink is still to be told of alarms: a cursor of its own over their events.

Alarms are few and must not wait behind a day of readings, so they travel beside the outboxes and
before them. The cursor moves only over what was acknowledged; after a lost connection whatever was
in flight is sent again, with the same ``seq``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from dlmslite_daemon.alarm import AlarmEvent
from dlmslite_daemon.store.base import Store

IN_FLIGHT = 8  # messages: a storm of alarms leaves the readings their share of the window
BATCH = 100  # events taken at a time
LOOK_EVERY = 1.0  # seconds between two looks for new events


class AlarmMail:
    """The alarms of one sink.

    Args:
        store: Where the events and the cursor are.
        sink: The sink's name.
        whose: Only alarms of this meter, or of the bridge itself, with a cursor of their own; empty
            for all.

    Raises:
        UnknownSink: The store has no such sink.
    """

    def __init__(self, store: Store, sink: str, whose: str = "") -> None:
        self._store = store
        self._sink = sink
        self._whose = whose
        self._mark = _mark(sink, whose)
        self._cursor = store.alarm_cursor(sink)
        if whose:
            self._cursor = max(self._cursor, store.mark(self._mark))
        self._taken = self._cursor
        self._waiting: deque[AlarmEvent] = deque()
        self._out: deque[int] = deque()  # published, beyond the cursor, in order
        self._answered: set[int] = set()
        self._looked = float("-inf")

    @property
    def cursor(self) -> int:
        """The event up to which all is acknowledged."""
        return self._cursor

    def next(self, now: float) -> AlarmEvent | None:
        """The next event to be published; None when there is none, or enough is in flight."""
        if len(self._out) >= IN_FLIGHT:
            return None
        if not self._waiting and now - self._looked >= LOOK_EVERY:
            self._looked = now
            events = self._store.alarm_events(self._taken, BATCH)
            if self._whose:
                self._taken = events[-1].number if events else self._taken
                events = [event for event in events if event.alarm.whose == self._whose]
            self._waiting.extend(events)
        if not self._waiting:
            return None
        event = self._waiting.popleft()
        self._taken = max(self._taken, event.number)
        self._out.append(event.number)
        return event

    def settled(self, number: int) -> None:
        """The sink has answered for an event, or refused it for good; the cursor follows."""
        self._answered.add(number)
        before = self._cursor
        while self._out and self._out[0] in self._answered:
            self._cursor = self._out.popleft()
            self._answered.discard(self._cursor)
        if self._cursor != before:
            self._keep()

    def rewind(self) -> None:
        """The connection is gone: what is not acknowledged is taken again."""
        self._waiting.clear()
        self._out.clear()
        self._answered.clear()
        self._taken = self._cursor
        self._looked = float("-inf")

    def pending(self) -> int:
        """How many events are not acknowledged; counting ends with a batch."""
        events = self._store.alarm_events(self._cursor, BATCH)
        return sum(not self._whose or event.alarm.whose == self._whose for event in events)

    def _keep(self) -> None:
        if self._whose:
            self._store.set_mark(self._mark, self._cursor)
        else:
            # Nobody waits for the disk: a crash before it costs the same message once more.
            self._store.advance_alarms(self._sink, self._cursor)


def front(store: Store, sink: str, connections: Iterable[str]) -> int:
    """The event up to which all connections of a sink have acknowledged what is theirs.

    Events of whom has no connection there are passed over: nobody is to be told of them.

    Args:
        store: Where the events and the cursors are.
        sink: The sink's name; each of its meters has a connection of its own.
        connections: Whose connections there are.
    """
    marks = {whose: store.mark(_mark(sink, whose)) for whose in connections}
    reached = store.alarm_cursor(sink)
    while events := store.alarm_events(reached, BATCH):
        for event in events:
            if event.number > marks.get(event.alarm.whose, event.number):
                return reached
            reached = event.number
    return reached


def _mark(sink: str, whose: str) -> str:
    return f"alarms/{sink}/{whose}"
