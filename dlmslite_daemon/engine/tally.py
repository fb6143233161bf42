"""What one meter's polls came to: counts since the start, the last hour, recent durations.

Small on purpose: a thousand meters have one each.
"""

from __future__ import annotations

from collections import Counter, deque
from copy import deepcopy

from dlmslite_daemon.engine.health import Latency
from dlmslite_daemon.meters.traffic import Traffic
from dlmslite_daemon.store.totals import bucket

Counts = dict[tuple[str, str], float]
"""Counts since the beginning: what is counted, and its kind or code where it has one."""

_BUCKET = 60.0  # seconds; the last hour is kept by the minute
_BUCKETS = 60
_HOUR = 3600.0  # seconds; associations of the last day are kept by the hour
_HOURS = 24
_PART = 300.0  # seconds; sessions lost in the last hour are kept by five minutes
_PARTS = 12
_DURATIONS = 64  # recent polls whose durations are kept


class Recent:
    """How often something happened lately.

    Args:
        size: How long a bucket is, s.
        buckets: How many of them are kept.
    """

    def __init__(self, size: float, buckets: int) -> None:
        self._size = size
        self._buckets: deque[tuple[int, int]] = deque(maxlen=buckets)

    def add(self, now: float) -> None:
        """It happened."""
        at = int(now // self._size)
        if self._buckets and self._buckets[-1][0] == at:
            self._buckets[-1] = (at, self._buckets[-1][1] + 1)
        else:
            self._buckets.append((at, 1))

    def total(self, now: float) -> int:
        """How often in the time that is kept; from any thread."""
        oldest = int(now // self._size) - (self._buckets.maxlen or 0)
        return sum(count for at, count in tuple(self._buckets) if at > oldest)


class Tally:
    """Counts of one meter.

    Attributes:
        due: Polls that were due while running.
        complete: Those that brought every value.
        overruns: Slots that passed while a poll was under way.
        readings: Readings committed.
        reads_failed: Values asked for that did not come.
        connects: Connections made, each with an association.
        opening_seconds: What the last connect and association took, s; None before the first.
        opened_at: When the last association was opened, s; None before the first.
        reassociations: Sessions lost in use.
        protocol_errors: Discarded frames by kind.
        failures: Attempts that ended without a session, or lost it, by error code.
        partial: Polls that brought some of the values.
        empty: Polls that brought none.
    """

    def __init__(self) -> None:
        self.due = 0
        self.complete = 0
        self.overruns = 0
        self.readings = 0
        self.reads_failed = 0
        self.connects = 0
        self.opening_seconds: float | None = None
        self.opened_at: float | None = None
        self.reassociations = 0
        self.protocol_errors: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.partial = 0
        self.empty = 0
        self._traffic: Counter[str] = Counter()
        self._polls: Counter[int] = Counter()  # by where they fall in the histogram
        self._seconds = 0.0
        self._exchanges = 0
        self._exchange_seconds = 0.0
        self._extremes: list[float] = []
        self._owed = False
        self._hour: deque[tuple[int, int, int]] = deque(maxlen=_BUCKETS)
        self._day = Recent(_HOUR, _HOURS)
        self._lost_hour = Recent(_PART, _PARTS)
        self._lost_day = Recent(_HOUR, _HOURS)
        self._durations: deque[float] = deque(maxlen=_DURATIONS)

    def carry_on(self, before: Tally) -> None:
        """Go on with the last hour and the last day of a tally before this one."""
        self._hour = before._hour.copy()
        self._day = deepcopy(before._day)
        self._lost_hour = deepcopy(before._lost_hour)
        self._lost_day = deepcopy(before._lost_day)

    def count_due(self, now: float, slots: int) -> None:
        """So many slots have come."""
        if slots:
            self.due += slots
            self._owed = True
            self._add(now, slots, 0)

    def count_complete(self, now: float) -> None:
        """A poll brought every value; it serves one slot, and none that another poll served."""
        if self._owed:
            self.complete += 1
            self._owed = False
            self._add(now, 0, 1)

    def count_association(self, now: float, seconds: float) -> None:
        """An association was opened; it took so long."""
        self.connects += 1
        self.opening_seconds = seconds
        self.opened_at = now
        self._day.add(now)

    def count_reassociation(self, now: float) -> None:
        """A session was lost in use."""
        self.reassociations += 1
        self._lost_hour.add(now)
        self._lost_day.add(now)

    def lost(self, now: float) -> tuple[int, int]:
        """Sessions lost in use in the last hour, and in the last 24 hours."""
        return self._lost_hour.total(now), self._lost_day.total(now)

    def associations(self, now: float) -> int:
        """How many were opened in the last 24 hours: each wears a meter a little."""
        return self._day.total(now)

    def count_poll(self, seconds: float, asked: int, good: int) -> None:
        """A poll ended: how long it took from first request to last response, what it brought."""
        self._durations.append(seconds)
        self._polls[bucket(seconds)] += 1
        self._seconds += seconds
        self._extremes = [min([seconds, *self._extremes]), max([seconds, *self._extremes])]
        self.reads_failed += asked - good
        self.partial += 0 < good < asked
        self.empty += not good

    def count_exchange(self, seconds: float) -> None:
        """An exchange was answered after so long."""
        self._exchanges += 1
        self._exchange_seconds += seconds

    def count_traffic(self, traffic: Traffic) -> None:
        """What went over the meter's wire."""
        self._traffic["octets_sent"] += traffic.octets_sent
        self._traffic["octets_received"] += traffic.octets_received
        self._traffic["octets_discarded"] += traffic.octets_discarded
        self._traffic["frames_sent"] += traffic.frames_sent
        self._traffic["frames_received"] += traffic.frames_received

    def counts(self) -> Counts:
        """All that was counted since the beginning; from any thread."""
        plain = {
            "due": self.due,
            "complete": self.complete,
            "partial": self.partial,
            "empty": self.empty,
            "overruns": self.overruns,
            "readings": self.readings,
            "reads_failed": self.reads_failed,
            "connects": self.connects,
            "reassociations": self.reassociations,
            "seconds": self._seconds,
            "exchanges": self._exchanges,
            "exchange_seconds": self._exchange_seconds,
            **self._traffic.copy(),
        }
        counts: Counts = {(name, ""): number for name, number in plain.items()}
        for name, kinds in (("error", self.protocol_errors), ("failure", self.failures)):
            counts |= {(name, kind): number for kind, number in kinds.copy().items()}
        counts |= {("polls", str(where)): number for where, number in self._polls.copy().items()}
        return counts

    def take_extremes(self) -> list[float]:
        """The shortest and the longest poll since the last call; empty without any."""
        taken, self._extremes = self._extremes, []
        return taken

    def success(self, now: float) -> float | None:
        """Complete of due in the last hour; None without any."""
        oldest = int(now // _BUCKET) - _BUCKETS
        recent = [bucket for bucket in self._hour if bucket[0] > oldest]
        due = sum(bucket[1] for bucket in recent)
        # A slot at the edge of the hour may be served after its bucket has gone.
        return min(1.0, sum(bucket[2] for bucket in recent) / due) if due else None

    def latency(self) -> Latency | None:
        """Of the recent polls; None before the first."""
        return Latency.of(self._durations)

    def _add(self, now: float, due: int, complete: int) -> None:
        minute = int(now // _BUCKET)
        if self._hour and self._hour[-1][0] == minute:
            _, known_due, known_complete = self._hour.pop()
            due, complete = due + known_due, complete + known_complete
        self._hour.append((minute, due, complete))
