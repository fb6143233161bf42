"""What one meter's polls came to: counts since the start, the last hour, recent durations.

Small on purpose: a thousand meters have one each.
"""

from __future__ import annotations

from collections import Counter, deque

from dlmslite_daemon.engine.health import Latency

_BUCKET = 60.0  # seconds; the last hour is kept by the minute
_BUCKETS = 60
_HOUR = 3600.0  # seconds; associations of the last day are kept by the hour
_HOURS = 24
_DURATIONS = 64  # recent polls whose durations are kept


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
        reassociations: Sessions lost in use.
        protocol_errors: Discarded frames by kind.
    """

    def __init__(self) -> None:
        self.due = 0
        self.complete = 0
        self.overruns = 0
        self.readings = 0
        self.reads_failed = 0
        self.connects = 0
        self.opening_seconds: float | None = None
        self.reassociations = 0
        self.protocol_errors: Counter[str] = Counter()
        self._owed = False
        self._hour: deque[tuple[int, int, int]] = deque(maxlen=_BUCKETS)
        self._day: deque[tuple[int, int]] = deque(maxlen=_HOURS)
        self._durations: deque[float] = deque(maxlen=_DURATIONS)

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
        hour = int(now // _HOUR)
        if self._day and self._day[-1][0] == hour:
            self._day[-1] = (hour, self._day[-1][1] + 1)
        else:
            self._day.append((hour, 1))

    def associations(self, now: float) -> int:
        """How many were opened in the last 24 hours: each wears a meter a little."""
        oldest = int(now // _HOUR) - _HOURS
        return sum(count for hour, count in self._day if hour > oldest)

    def count_duration(self, seconds: float) -> None:
        """How long a poll took from its first request to its last response."""
        self._durations.append(seconds)

    def success(self, now: float) -> float | None:
        """Complete of due in the last hour; None without any."""
        oldest = int(now // _BUCKET) - _BUCKETS
        recent = [bucket for bucket in self._hour if bucket[0] > oldest]
        due = sum(bucket[1] for bucket in recent)
        # A slot at the edge of the hour may be served after its bucket has gone.
        return min(1.0, sum(bucket[2] for bucket in recent) / due) if due else None

    def latency(self) -> Latency | None:
        """Of the recent polls; None before the first."""
        if not self._durations:
            return None
        ordered = sorted(self._durations)
        last = len(ordered) - 1
        return Latency(*(ordered[round(last * share)] for share in (0.5, 0.95, 0.99)))

    def _add(self, now: float, due: int, complete: int) -> None:
        minute = int(now // _BUCKET)
        if self._hour and self._hour[-1][0] == minute:
            _, known_due, known_complete = self._hour.pop()
            due, complete = due + known_due, complete + known_complete
        self._hour.append((minute, due, complete))
