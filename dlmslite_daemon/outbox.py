"""Store and forward: the readings are the queue; a cursor says what was acknowledged.

An outbox is one (sink, lane, delivery connection). Readings are taken in rising order of their
numbers, acknowledged in whatever order the answers come, and the cursor follows the unbroken front.
Nothing is marked before its answer, so a restart or a lost connection costs duplicates, never
readings: at most those in flight and those whose cursor was not on disk yet.

One forwarder thread owns it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import DeadLetter
from dlmslite_daemon.store.ticket import Ticket


class Outbox:
    """One cursor over the readings of one lane.

    Args:
        store: Where the readings and the cursor are.
        sink: The sink's name.
        lane: Which lane.
        connection: The delivery connection; empty where a sink has but one.
        meters: Only these meters' readings; None for all.

    Raises:
        UnknownSink: The store has no such sink.
    """

    def __init__(
        self,
        store: Store,
        sink: str,
        lane: Lane,
        connection: str = "",
        meters: Sequence[str] | None = None,
    ) -> None:
        self._store = store
        self._sink = sink
        self._lane = lane
        self._connection = connection
        self._meters = meters
        self._cursor = store.cursor(sink, lane, connection)
        self._taken = self._cursor
        self._out: deque[int] = deque()  # taken, beyond the cursor, in order
        self._awaited: set[int] = set()  # of these, not acknowledged
        self._answered: set[int] = set()  # acknowledged, beyond the cursor, before a rewind
        self._tickets: deque[tuple[Ticket, int]] = deque()  # cursors on their way to the disk
        self._since_ticket = 0  # acknowledgements that no ticket covers yet

    @property
    def lane(self) -> Lane:
        """Its lane."""
        return self._lane

    @property
    def cursor(self) -> int:
        """The number up to which all is acknowledged."""
        return self._cursor

    @property
    def in_flight(self) -> int:
        """How many readings were taken and are not acknowledged."""
        return len(self._awaited)

    @property
    def unsettled(self) -> int:
        """How many acknowledgements are not on disk yet: what a crash now would send again.

        Raises:
            StoreError: A cursor could not be stored.
        """
        while self._tickets and self._tickets[0][0].done:
            self._tickets.popleft()[0].result()
        return self._since_ticket + sum(covered for _, covered in self._tickets)

    def take(self, limit: int) -> list[Reading]:
        """The next readings, at most so many; none when all is taken.

        What was acknowledged before a ``rewind`` is not given out again.
        """
        fresh: list[Reading] = []
        # What is numbered so far and is not found is another meter's, or the other lane's.
        newest = self._store.last_number() if self._meters is not None else 0
        if self._meters is not None and newest <= self._taken:
            return fresh
        while not fresh:
            found = self._store.readings_after(self._lane, self._taken, limit, self._meters)
            if not found:
                self._taken = max(self._taken, newest)
                break
            for reading in found:
                number = self._taken = reading.number or 0
                self._out.append(number)
                if number in self._answered:
                    self._answered.remove(number)
                else:
                    self._awaited.add(number)
                    fresh.append(reading)
        return fresh

    def acknowledge(self, numbers: Iterable[int]) -> None:
        """The sink has answered for these readings; call it once for each message.

        Numbers that are not out are ignored: an answer may come twice.
        """
        fresh = self._awaited.intersection(numbers)
        if not fresh:
            return
        self._awaited -= fresh
        self._since_ticket += 1
        front = self._cursor
        while self._out and self._out[0] not in self._awaited:
            front = self._out.popleft()
        if front > self._cursor:
            self._cursor = front
            ticket = self._store.advance(self._sink, self._lane, self._connection, front)
            self._tickets.append((ticket, self._since_ticket))
            self._since_ticket = 0

    def catch_up(self) -> None:
        """Move the cursor over other meters' readings when nothing of these meters is out.

        Without it a meter that rests would hold back what all sinks have acknowledged.
        """
        if self._meters is not None and not self._out and self._taken > self._cursor:
            self._cursor = self._taken
            self._answered.clear()
            self._store.advance(self._sink, self._lane, self._connection, self._cursor)

    def settle(self) -> None:
        """Ask the store to write cursors now; used when too much is unsettled. Does not wait."""
        self._store.flush()

    def rewind(self) -> None:
        """The connection is gone: what was taken and not acknowledged will be taken again."""
        self._answered.update(number for number in self._out if number not in self._awaited)
        self._out.clear()
        self._awaited.clear()
        self._taken = self._cursor

    def bury(
        self, numbers: Sequence[int], topic: str, payload: bytes, reason: str, now_ms: int
    ) -> None:
        """The sink refused a message for good: keep it aside, and move on.

        Args:
            numbers: The readings in it.
            topic: Where it was to go.
            payload: What it was.
            reason: Why it was refused.
            now_ms: ms UTC.

        Raises:
            UnknownSink: The sink was removed.
            StoreError: It could not be kept; nothing moved on.
        """
        self._store.add_dead_letter(
            DeadLetter(
                sink=self._sink,
                lane=self._lane,
                first=min(numbers),
                last=max(numbers),
                topic=topic,
                payload=payload,
                reason=reason,
                ts_ms=now_ms,
            )
        )
        self.acknowledge(numbers)

    def pending(self, limit: int = 100_000) -> int:
        """How many readings are not acknowledged; counting ends at the limit."""
        waiting = self._store.pending(self._lane, self._cursor, self._meters, limit)
        answered = len(self._out) - len(self._awaited) + len(self._answered)
        return max(0, waiting - answered)
