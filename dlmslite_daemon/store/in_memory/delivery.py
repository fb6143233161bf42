"""In memory: how far each sink has come, and what it refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from attrs import evolve

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.in_memory.readings import ReadingsInMemory
from dlmslite_daemon.store.in_memory.state import KeptSink
from dlmslite_daemon.store.records import DeadLetter
from dlmslite_daemon.store.ticket import Stored, Ticket


class DeliveryInMemory(ReadingsInMemory):
    """The part of ``MemoryStore`` that keeps how far each sink has come, and what it refused."""

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """Where a cursor stands."""
        with self._open():
            known = self._sink(sink)
            for name in (connection, ""):
                if (lane, name) in known.cursors:
                    return known.cursors[lane, name]
            return known.record.since if connection else self._lowest(known, lane)

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards."""
        ticket = Ticket()
        try:
            with self._open():
                known = self._sink(sink)
                at = known.cursors.get((lane, connection), known.record.since)
                known.cursors[lane, connection] = max(at, number)
        except BridgeError as error:
            ticket.fail(error)
        else:
            ticket.resolve(Stored(0))
        return ticket

    def join_cursors(self, sink: str, own: Collection[str] | None) -> None:
        """Bring all cursors of a sink to the shared one."""
        with self._open():
            known = self._sink(sink)
            gone = {name for _, name in known.cursors if name and name not in self._meters}
            joined: dict[tuple[Lane, str], int] = {}
            for lane in Lane:
                if own is None:
                    joined[lane, ""] = self.cursor(sink, lane)
                    continue
                at = {name: self.cursor(sink, lane, name) for name in {*own, *gone}}
                behind = (n for name, n in at.items() if self.pending(lane, n, (name,), 1))
                joined[lane, ""] = min(behind, default=len(self._readings))
            known.cursors = joined

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane follow a number."""
        return len(self.readings_after(lane, number, limit, meters))

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a refused message."""
        with self._open():
            self._letter_ids += 1
            self._sink(letter.sink).dead.append(evolve(letter, id=self._letter_ids))

    def dead_letters(self, sink: str, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters of a sink."""
        with self._open():
            return self._sink(sink).dead[: -limit - 1 : -1]

    def readings_between(self, lane: Lane, after: int, until: int) -> dict[str, int]:
        """How many readings of each meter have such a number."""
        with self._open():
            between = self._readings[after:until]
        there = (r for r in between if r.lane is lane and r.number not in self._pruned)
        return dict(Counter(reading.meter for reading in there))

    @staticmethod
    def _lowest(sink: KeptSink, lane: Lane) -> int:
        own = [number for (of, _), number in sink.cursors.items() if of is lane]
        return min(own, default=sink.record.since)
