"""What is told of the log: lines of the running process, or what its store has of a meter.

A line's cursor is ``<process>-<line>-<frame>``: the process, the last line and the last frame that
were told. Whoever shows it again is told what followed; if the process has changed or lines are
gone by then, he is told that too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.api.views import iso
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.logs import LogLine, LogRing
from dlmslite_daemon.meters.frames import Frame, FrameRing
from dlmslite_daemon.store.base import Store

LEVELS = ("debug", "info", "warning", "error", "critical")
_CURSOR = re.compile(r"(\d{1,15})-(\d{1,15})-(\d{1,15})\Z")


@frozen
class Cursor:
    """What was told already.

    Attributes:
        process: When the process began, ms UTC.
        line: The last line.
        frame: The last frame.
    """

    process: int
    line: int
    frame: int

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """A cursor from what was shown.

        Raises:
            ConfigError: It is none (``E-REQUEST``).
        """
        found = _CURSOR.match(text)
        if found is None:
            raise ConfigError("it is no cursor", key="cursor", code="E-REQUEST")
        return cls(*map(int, found.groups()))

    def __str__(self) -> str:
        return f"{self.process}-{self.line}-{self.frame}"


@frozen
class Told:
    """What followed a cursor.

    Attributes:
        lines: Lines, oldest first.
        frames: Frames, oldest first.
        cursor: What to show next.
        gap: Why something is missing before them: ``restart``, ``overrun``; empty if nothing is.
    """

    lines: Sequence[LogLine]
    frames: Sequence[Frame]
    cursor: Cursor
    gap: str = ""


@frozen
class Logbook:
    """The log of a process, or what its store has when none runs.

    Attributes:
        store: Has the protocol events of each meter.
        ring: The lines of the process; None when none runs.
        frames: The frames of the process; None when none runs.
    """

    store: Store = field(repr=False)
    ring: LogRing | None = None
    frames: FrameRing | None = None

    def recent(self, meter: str | None, limit: int, level: str, since_ms: int) -> Told:
        """The newest lines that fit, and the cursor after them."""
        now = self.now()
        if self.ring is None:
            return Told(self._stored(meter, limit, level, since_ms), (), now)
        lines = self.ring.recent(meter, limit, level=level, since_ms=since_ms)
        # A line that came after the cursor was taken is for whoever goes on from there.
        return Told([line for line in lines if line.number <= now.line], (), now)

    def _stored(self, meter: str | None, limit: int, level: str, since_ms: int) -> list[LogLine]:
        """The protocol events of a meter as lines."""
        if meter is None:
            return []
        lowest = LEVELS.index(level)
        return [
            LogLine(0, row.ts_ms, row.severity, row.message, meter, {"category": row.category})
            for row in reversed(self.store.diagnostics(meter, limit))
            if row.ts_ms >= since_ms and LEVELS.index(row.severity) >= lowest
        ]

    def now(self) -> Cursor:
        """The cursor after all that there is."""
        line = self.ring.newest if self.ring else 0
        frame = self.frames.newest if self.frames else 0
        return Cursor(self.ring.began_ms if self.ring else 0, line, frame)

    def after(self, cursor: Cursor, meter: str | None, level: str, *, frames: bool) -> Told:
        """What followed a cursor.

        Args:
            cursor: What was told already.
            meter: Only of this meter; None for all lines and no frames.
            level: Of this level and above.
            frames: Whether frames are wanted too.
        """
        now = self.now()
        if self.ring is None:
            return Told((), (), now)
        gap = ""
        if cursor.process != now.process:
            # Another process gave it: all that this one has is new.
            cursor, gap = Cursor(now.process, 0, 0), "restart"
        page = self.ring.after(cursor.line, meter, level=level)
        told: tuple[Frame, ...] = ()
        newest, lost = now.frame, False
        if frames and meter is not None and self.frames is not None:
            found = self.frames.after(cursor.frame, meter)
            told, newest, lost = found.frames, found.cursor, found.lost
        if (page.lost or lost) and not gap:
            gap = "overrun"
        return Told(page.lines, told, Cursor(now.process, page.cursor, newest), gap)


def line_view(line: LogLine) -> dict[str, Any]:
    """A line; the names of the old bridge first."""
    return {
        "timestamp": iso(line.ts_ms),
        "level": line.level,
        "message": message_of(line),
        "ts": line.ts_ms,
        "meter": line.meter,
        "event": line.event,
        "fields": {key: _plain(value) for key, value in line.fields.items()},
    }


def message_of(line: LogLine) -> str:
    """A line's event and fields as one text."""
    rest = "".join(f" {key}={value}" for key, value in line.fields.items())
    return f"{line.event}{rest}"


def frame_view(frame: Frame) -> dict[str, Any]:
    """A frame, with what it says."""
    return {
        "ts": frame.ts_ms,
        "meter": frame.meter,
        "direction": "sent" if frame.sent else "received",
        "octets": frame.octets.hex(),
        "explained": frame.tree(),
    }


def _plain(value: object) -> Any:
    """A field as JSON has it; what JSON has not is told as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value)
