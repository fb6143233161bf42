"""The log after a cursor, as events: lines and frames of one meter, or lines of the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from attrs import evolve

from dlmslite_daemon.api.logbook import Cursor, Logbook, Told, frame_view, line_view
from dlmslite_daemon.api.streams import Event
from dlmslite_daemon.logs import LogLine
from dlmslite_daemon.meters.frames import Frame


class Follow:
    """Tells what follows a cursor, each thing once; a source of a stream.

    Args:
        log: Where it stands.
        meter: Only of this meter; None for all lines.
        level: Of this level and above.
        frames: Whether the meter's frames are told too.
    """

    def __init__(self, log: Logbook, meter: str | None, level: str, *, frames: bool) -> None:
        self._log = log
        self._meter = meter
        self._level = level
        self._frames = frames
        self._cursor = log.now()
        self._first: Told | None = None
        self._is_new = True

    def go_on(self, cursor: Cursor) -> None:
        """Go on after a cursor that was told before."""
        self._cursor = cursor
        self._is_new = False

    def begin(self, limit: int, since_ms: int) -> None:
        """Begin with what is there already."""
        told = self._log.recent(self._meter, limit, self._level, since_ms)
        if self._frames and self._log.frames is not None and self._meter is not None:
            found = self._log.frames.recent(self._meter, limit, since_ms)
            last = told.cursor.frame
            told = evolve(told, frames=[frame for frame in found if frame.number <= last])
        # Just before the first of them, so that each has the cursor that goes on after it.
        line = told.lines[0].number - 1 if told.lines else told.cursor.line
        frame = told.frames[0].number - 1 if told.frames else told.cursor.frame
        self._first, self._cursor = told, evolve(told.cursor, line=line, frame=frame)

    async def news(self) -> Sequence[Event]:
        """What followed the cursor since the last look."""
        told = self._first or self._log.after(
            self._cursor, self._meter, self._level, frames=self._frames
        )
        before, self._cursor, self._first = self._cursor, told.cursor, None
        return list(self._events(told, before))

    def _events(self, told: Told, before: Cursor) -> Iterator[Event]:
        if self._is_new:
            # Even who is told nothing for hours can go on from here.
            self._is_new = False
            yield Event("begin", {}, str(before))
        if told.gap:
            yield Event("gap", {"reason": told.gap})
        # A line that is told has the cursor that goes on after it, whatever was told in between.
        same = before.process == told.cursor.process
        cursor = before if same else Cursor(told.cursor.process, 0, 0)
        for item in _by_time(told):
            if isinstance(item, LogLine):
                cursor = evolve(cursor, line=item.number)
                yield Event("line", line_view(item), str(cursor))
            else:
                cursor = evolve(cursor, frame=item.number)
                yield Event("frame", frame_view(item), str(cursor))


def _by_time(told: Told) -> Iterator[LogLine | Frame]:
    """Lines and frames by their time; each kind in its own order, even if the clock went back."""
    lines, frames = deque(told.lines), deque(told.frames)
    while lines and frames:
        yield lines.popleft() if lines[0].ts_ms <= frames[0].ts_ms else frames.popleft()
    yield from lines
    yield from frames
