"""News for a page that is open: regions that changed and lines of the log, as events of a stream.

::

    hello    {"now": 1700000000000}: the server's time, ms UTC
    regions  {"fleet-table": "<section …>", …}: elements that changed since they were last sent
    log      {"html": "<li …>"}: new lines of the log; the event's id is the cursor after them
    gap      {}: lines were dropped before they could be told
    beat     {}: nothing is new, and the connection lives
    ended    {}: the viewer is signed in no more

The first ``regions`` has all of them: nothing that happened between the page and its stream is
lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from attrs import frozen
from starlette.concurrency import run_in_threadpool

from dlmslite_daemon.api.logbook import Cursor
from dlmslite_daemon.api.streams import Event

PACE_SECONDS = 1.0  # between two looks; more when a look is dear
SHARE = 9  # a look that takes a second is followed by nine of rest: a tenth of one core at most
BEAT_SECONDS = 15.0

# How long ago something was moves on in the browser; it is no news.
_MOVING = re.compile(r"(<time [^>]*data-moving[^>]*>)[^<]*")


@frozen
class Seen:
    """What a look at a page brought.

    Attributes:
        now_ms: When it was, ms UTC.
        regions: Every region, id to element.
        cursor: The cursor after the newest line of the log.
        lines: New lines as elements; empty for none.
        gap: Whether lines were dropped before these.
    """

    now_ms: int
    regions: dict[str, str]
    cursor: Cursor
    lines: str = ""
    gap: bool = False


class News:
    """Tells what changed on one page; a source of a stream.

    Args:
        look: Looks at the page once more, with the cursor of the log; None when its viewer is
            signed in no more. Called in a thread of the pool.
        cursor: The cursor after the last line that the page has.
        pace: Seconds between two looks.
    """

    def __init__(
        self, look: Callable[[Cursor], Seen | None], cursor: Cursor, pace: float = PACE_SECONDS
    ) -> None:
        self._look = look
        self._cursor = cursor
        self._pace = pace
        self._sent: dict[str, str] = {}
        self._due = self._spoken = 0.0
        self._is_new = True
        self._ended = False

    async def news(self) -> Sequence[Event]:
        """What changed since the last look; nothing until the next is due."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self._ended or began < self._due:
            return ()
        seen = await run_in_threadpool(self._look, self._cursor)
        self._due = loop.time() + max(self._pace, SHARE * (loop.time() - began))
        if seen is None:
            self._ended = True
            return (Event("ended", {}),)
        events = self._events(seen)
        if events:
            self._spoken = began
        elif began - self._spoken >= BEAT_SECONDS:
            self._spoken = began
            events.append(Event("beat", {}))
        return events

    def _events(self, seen: Seen) -> list[Event]:
        events = [Event("hello", {"now": seen.now_ms})] if self._is_new else []
        self._is_new = False
        changed = {}
        for name, html in seen.regions.items():
            essence = _MOVING.sub(r"\1", html)
            if self._sent.get(name) != essence:
                self._sent[name] = essence
                changed[name] = html
        if changed:
            events.append(Event("regions", changed))
        if seen.gap:
            events.append(Event("gap", {}))
        if seen.lines:
            events.append(Event("log", {"html": seen.lines}, str(seen.cursor)))
        self._cursor = seen.cursor
        return events
