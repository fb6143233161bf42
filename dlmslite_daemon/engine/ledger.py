"""What was counted since it was last written down: of every meter, from every thread.

Lines count into their meters' tallies, forwarders tell what arrived, and the recorder takes the
differences now and then. Nobody waits for the store here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Container, Iterable

from attrs import define, field, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.tally import Counts, Tally
from dlmslite_daemon.store.records import Diagnostic
from dlmslite_daemon.store.totals import LATENCY_BOUNDS, bucket

EVENTS_WAITING = 2_000  # protocol events of all meters between two writes
EVENTS_OF_A_METER = 20  # of one meter between two writes of its row; the others are counted


@frozen
class Taken:
    """What happened to one meter since the last take.

    Attributes:
        counts: What its tallies counted, by the name of the count.
        shortest: The shortest poll, s; None without any.
        longest: The longest, s.
        refused: Readings that a sink refused for good.
        end_to_end: Live readings by the time from measurement to acknowledgement.
        acknowledged: Readings that every sink acknowledged that is to have them.
    """

    counts: Counts = field(factory=dict)
    shortest: float | None = None
    longest: float | None = None
    refused: int = 0
    end_to_end: tuple[int, ...] = ()
    acknowledged: int = 0


@define
class _Page:
    """One meter's page.

    Attributes:
        tallies: Its tally of now, and those of duties before it that may still count; each with
            what of it was taken.
        refused: Readings refused.
        arrived: The histogram of arrivals; empty without any.
        events: How many events there were since the last take.
        acknowledged: Readings that were acknowledged since the start, by sink.
        told: How many of them by every sink, as it was taken.
    """

    tallies: list[tuple[Tally, Counts]] = field(factory=list)
    refused: int = 0
    arrived: list[int] = field(factory=list)
    events: int = 0
    acknowledged: dict[str, int] = field(factory=dict)
    told: int = 0

    def of_sink(self, sink: str) -> int:
        """What a sink acknowledged; a new one is not behind by what was before it."""
        return self.acknowledged.setdefault(sink, self.told)

    def take(self, sinks: Iterable[str]) -> Taken:
        """What is new, and begin anew."""
        reached = min((self.of_sink(sink) for sink in sinks), default=self.told)
        acknowledged, self.told = max(0, reached - self.told), max(reached, self.told)
        sums: Counts = {}
        kept, last = [], len(self.tallies) - 1
        durations: list[float] = []
        for place, (tally, before) in enumerate(self.tallies):
            counts, extremes = tally.counts(), tally.take_extremes()
            fresh = {name: n - before.get(name, 0) for name, n in counts.items()}
            fresh = {name: n for name, n in fresh.items() if n}
            for name, n in fresh.items():
                sums[name] = sums.get(name, 0) + n
            durations += extremes
            if fresh or place == last:
                kept.append((tally, counts))
        taken = Taken(
            sums,
            min(durations, default=None),
            max(durations, default=None),
            self.refused,
            tuple(self.arrived),
            acknowledged,
        )
        self.tallies, self.refused, self.arrived, self.events = kept, 0, [], 0
        return taken


class Ledger:
    """Everything that is counted by meter.

    Args:
        clock: The daemon's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: dict[str, _Page] = {}
        self._events: deque[Diagnostic] = deque()

    def open(self, meter: str) -> Tally:
        """A new tally of a meter; what the one before has counted is not lost."""
        tally = Tally()
        with self._lock:
            tallies = self._page(meter).tallies
            if tallies:
                tally.carry_on(tallies[-1][0])
            tallies.append((tally, {}))
        return tally

    def event(
        self, meter: str, severity: str, category: str, message: str, frame: bytes = b""
    ) -> None:
        """Something happened on a meter's wire that is worth a row of ``dlms_diagnostics``.

        Of a storm the first events are kept, and how many followed.
        """
        now_ms = self._clock.utc_ms()
        with self._lock:
            page = self._page(meter)
            page.events += 1
            if page.events <= EVENTS_OF_A_METER and len(self._events) < EVENTS_WAITING:
                self._events.append(Diagnostic(meter, now_ms, severity, category, message, frame))

    def arrived(self, sink: str, readings: Iterable[tuple[str, float | None]]) -> None:
        """A sink acknowledged readings.

        Args:
            sink: Which sink.
            readings: Of which meter, and how long after their measurement; None for history.
        """
        with self._lock:
            for meter, seconds in readings:
                page = self._page(meter)
                page.acknowledged[sink] = page.of_sink(sink) + 1
                if seconds is None:
                    continue
                if not page.arrived:
                    page.arrived = [0] * (len(LATENCY_BOUNDS) + 1)
                page.arrived[bucket(seconds)] += 1

    def refused(self, meters: Iterable[str]) -> None:
        """Readings went to dead letters: of which meters."""
        with self._lock:
            for meter in meters:
                self._page(meter).refused += 1

    def events(self) -> list[Diagnostic]:
        """What happened on the wires since the last call."""
        with self._lock:
            taken, self._events = list(self._events), deque()
        return taken

    def take(
        self, known: Container[str], sinks: Callable[[str], Iterable[str]]
    ) -> dict[str, Taken]:
        """What happened to each meter since the last take; its next storm of events may begin.

        Args:
            known: The meters that are there; of the others only what is left is given, once.
            sinks: The sinks that are to have a meter's readings.
        """
        with self._lock:
            now_ms = self._clock.utc_ms()
            for meter, page in self._pages.items():
                if page.events > EVENTS_OF_A_METER:
                    more = f"{page.events - EVENTS_OF_A_METER} more events, not kept"
                    self._events.append(Diagnostic(meter, now_ms, "info", "data", more))
            taken = {meter: page.take(sinks(meter)) for meter, page in self._pages.items()}
            for meter in [m for m, t in taken.items() if m not in known and not t.counts]:
                del self._pages[meter]
        return taken

    def _page(self, meter: str) -> _Page:
        page = self._pages.get(meter)
        if page is None:
            page = self._pages[meter] = _Page()
        return page
