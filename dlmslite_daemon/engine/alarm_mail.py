"""What a sink is still to be told of alarms: a cursor of its own over their events.

Alarms are few and must not wait behind a day of readings, so they travel beside the outboxes and
before them. The cursor moves only over what was acknowledged; after a lost connection whatever was
in flight is sent again, with the same ``seq``.
"""

from __future__ import annotations

from collections import deque

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
        meter: Only this meter's alarms, with a cursor of their own; empty for all.

    Raises:
        UnknownSink: The store has no such sink.
    """

    def __init__(self, store: Store, sink: str, meter: str = "") -> None:
        self._store = store
        self._sink = sink
        self._meter = meter
        self._mark = f"alarms/{sink}/{meter}"
        self._cursor = store.alarm_cursor(sink)
        if meter:
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
            if self._meter:
                self._taken = events[-1].number if events else self._taken
                events = [event for event in events if event.alarm.subject == self._meter]
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
        return sum(not self._meter or event.alarm.subject == self._meter for event in events)

    def _keep(self) -> None:
        if self._meter:
            self._store.set_mark(self._mark, self._cursor)
        else:
            # Nobody waits for the disk: a crash before it costs the same message once more.
            self._store.advance_alarms(self._sink, self._cursor)
