"""structlog set up once; secrets struck out; one ring of recent lines for the process.

Every line goes through the same processors: level, time, striking out, collapsing, the ring, and at
last text or JSON on standard error. The ring is indexed by meter, so that ``logs ID`` needs neither
a file nor a search, and a thousand meters cost no more than ten.
"""

from __future__ import annotations

import itertools
import logging
import sys
import threading
from collections import deque
from collections.abc import Iterable, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from attrs import field, frozen
from structlog.typing import EventDict, Processor, WrappedLogger

from dlmslite_daemon.clock import Clock

STRUCK = "•••"
"""What stands in place of a secret."""

# Fields that hold a secret by their name, whatever is in them.
_SECRET_FIELDS = ("password", "secret", "token", "authorization", "key_file_content", "credential")
_SHORTEST = 4  # a secret shorter than that would strike out half of every line

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


@frozen
class LogLine:
    """One line of the log.

    Attributes:
        number: Rises by one with each line; what ``follow`` continues from.
        ts_ms: When, ms UTC.
        level: debug, info, warning, error, critical.
        event: What happened.
        meter: Whom it concerns; empty for the process.
        fields: The rest.
    """

    number: int
    ts_ms: int
    level: str
    event: str
    meter: str = ""
    fields: dict[str, Any] = field(factory=dict)


@frozen
class LogPage:
    """What was asked of the ring.

    Attributes:
        lines: Oldest first.
        cursor: What to ask for next.
        lost: Whether lines after the cursor that was given are gone already.
    """

    lines: tuple[LogLine, ...]
    cursor: int
    lost: bool


class LogRing:
    """The most recent lines of the process.

    Attributes:
        began_ms: When it was made, ms UTC; tells its numbers from those of an earlier process.

    Args:
        capacity: How many lines are kept.
        began_ms: When it is made.
    """

    def __init__(self, capacity: int = 20_000, began_ms: int = 0) -> None:
        self.began_ms = began_ms
        self._capacity = capacity
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque()
        self._by_meter: dict[str, deque[LogLine]] = {}
        self._gone: dict[str, int] = {}  # the number of the last line that went, by meter
        self._next = 1

    def add(self, ts_ms: int, level: str, event: str, meter: str, fields: dict[str, Any]) -> None:
        """Keep a line, and let the oldest go when there is no room."""
        with self._lock:
            line = LogLine(self._next, ts_ms, level, event, meter, fields)
            self._next += 1
            self._lines.append(line)
            self._by_meter.setdefault(meter, deque()).append(line)
            if len(self._lines) > self._capacity:
                oldest = self._lines.popleft()
                # The oldest line of all is the oldest of its meter.
                own = self._by_meter[oldest.meter]
                own.popleft()
                self._gone[oldest.meter] = oldest.number
                if not own:
                    del self._by_meter[oldest.meter]

    def recent(
        self,
        meter: str | None = None,
        limit: int = 50,
        *,
        level: str = "debug",
        after: int = 0,
        since_ms: int = 0,
    ) -> list[LogLine]:
        """The newest lines that fit, oldest first.

        Args:
            meter: Only of this meter; None for all.
            limit: At most so many.
            level: Of this level and above.
            after: Only those with a higher number.
            since_ms: Only those not older, ms UTC.
        """
        lowest = _LEVELS[level]
        found: list[LogLine] = []
        with self._lock:
            lines = self._lines if meter is None else self._by_meter.get(meter, deque())
            for line in reversed(lines):
                if line.number <= after or len(found) >= limit:
                    break
                if _LEVELS.get(line.level, 20) >= lowest and line.ts_ms >= since_ms:
                    found.append(line)
        return found[::-1]

    @property
    def newest(self) -> int:
        """The highest number that was given."""
        with self._lock:
            return self._next - 1

    def after(
        self, cursor: int, meter: str | None = None, limit: int = 500, *, level: str = "debug"
    ) -> LogPage:
        """The lines that follow a cursor; asked again and again, it repeats and skips none.

        Args:
            cursor: Only lines with a higher number.
            meter: Only of this meter; None for all.
            limit: At most so many are looked at.
            level: Of this level and above.
        """
        lowest = _LEVELS[level]
        with self._lock:
            lines = self._lines if meter is None else self._by_meter.get(meter, deque())
            fresh = list(itertools.takewhile(lambda line: line.number > cursor, reversed(lines)))
            page = fresh[::-1][:limit]
            # With nothing left over, the lines of others are behind the cursor too.
            reached = page[-1].number if len(fresh) > limit else self._next - 1
            gone = self._gone.values() if meter is None else [self._gone.get(meter, 0)]
            lost = max(gone, default=0) > cursor
        found = tuple(line for line in page if _LEVELS.get(line.level, 20) >= lowest)
        return LogPage(found, max(cursor, reached), lost)


class Striker:
    """Strikes secrets out of log lines: by the field's name, and wherever a known one stands."""

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()

    def learn(self, secrets: Iterable[str]) -> None:
        """Secrets that were opened; from now on they are struck out wherever they stand."""
        fresh = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._known = self._known.union(fresh)

    def strike(self, value: object, name: str = "") -> object:
        """The value without secrets."""
        if any(word in name.lower() for word in _SECRET_FIELDS):
            return STRUCK
        if isinstance(value, str):
            for secret in self._known:
                if secret in value:
                    value = value.replace(secret, STRUCK)
            return value
        if isinstance(value, (bool, int, float)) or value is None:
            return value
        if isinstance(value, MutableMapping):
            return {key: self.strike(entry, str(key)) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.strike(entry) for entry in value]
        return self.strike(str(value))

    def __call__(self, _: WrappedLogger, __: str, line: EventDict) -> EventDict:
        """The processor."""
        return {key: self.strike(value, key) for key, value in line.items()}


class _Collapser:
    """Drops a line that repeats the last one of the same meter; the next line tells how many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, tuple[str, int]] = {}

    def __call__(self, _: WrappedLogger, __: str, line: EventDict) -> EventDict:
        meter = str(line.get("meter", ""))
        text = repr(sorted((k, v) for k, v in line.items() if k != "ts_ms"))
        with self._lock:
            last, count = self._last.get(meter, ("", 0))
            if text == last:
                self._last[meter] = (text, count + 1)
                raise structlog.DropEvent
            self._last[meter] = (text, 0)
        if count:
            line["last_message_repeated"] = count
        return line


def set_up(
    clock: Clock,
    *,
    level: str = "info",
    json: bool = False,
    ring: LogRing | None = None,
    striker: Striker | None = None,
    stream: TextIO | None = None,
) -> LogRing:
    """Set structlog up for the process; gives the ring back.

    Args:
        clock: Where the time of a line comes from.
        level: The lowest level written.
        json: JSON in place of text.
        ring: The ring to fill; None makes one.
        striker: What strikes secrets out; None makes one that knows field names only.
        stream: Where lines go; None for standard error.
    """
    kept = ring if ring is not None else LogRing()
    out = stream or sys.stderr

    def stamp(_: WrappedLogger, method: str, line: EventDict) -> EventDict:
        line["ts_ms"] = clock.utc_ms()
        line["level"] = "warning" if method == "warn" else method
        return line

    def keep(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
        rest = {k: v for k, v in line.items() if k not in {"ts_ms", "level", "event", "meter"}}
        kept.add(line["ts_ms"], line["level"], str(line["event"]), str(line.get("meter", "")), rest)
        return line

    shown: Processor = structlog.processors.JSONRenderer(default=str) if json else _as_text
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            stamp,
            structlog.processors.format_exc_info,
            striker or Striker(),
            _Collapser(),
            keep,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    return kept


def _as_text(_: WrappedLogger, __: str, line: EventDict) -> str:
    """``2026-11-24T07:00:00.000Z warning kitchen: connect failed reason=refused``."""
    stamp = iso_time(line.pop("ts_ms"))
    level, event, meter = line.pop("level"), line.pop("event"), line.pop("meter", "")
    trace = line.pop("exception", "")
    rest = "".join(f" {key}={value}" for key, value in line.items())
    whom = f"{meter}: " if meter else ""
    tail = f"\n{trace}" if trace else ""
    return f"{stamp} {level} {whom}{event}{rest}{tail}"


def iso_time(ts_ms: int) -> str:
    """Ms UTC as ISO 8601 with a Z."""
    time = datetime.fromtimestamp(ts_ms / 1000, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
