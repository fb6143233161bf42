"""Server-sent events: what happens is told as it happens, to so many listeners at once.

A listener who reads too slowly makes nobody wait: what he missed he is told when he is ready, by
his cursor, and what is gone by then is told as a gap. Who reads nothing for half a minute is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from dlmslite_daemon.api.envelope import failure
from dlmslite_daemon.api.exact_json import dumps
from dlmslite_daemon.errors import TooMany

LOOK_SECONDS = 0.25  # between two looks for news
BEAT_SECONDS = 15.0  # without news a comment is sent, so that a dead connection is noticed
PATIENCE = 30.0  # s; a listener who takes nothing for so long is left
RETRY_AFTER = 10  # s


@frozen
class Event:
    """One event.

    Attributes:
        name: Its kind.
        data: What it says.
        id: What to show in ``Last-Event-ID`` to go on after it; empty for none.
    """

    name: str
    data: Mapping[str, Any]
    id: str = ""

    def text(self) -> str:
        """The event on the wire."""
        number = f"id: {self.id}\n" if self.id else ""
        return f"{number}event: {self.name}\ndata: {dumps(self.data)}\n\n"


class Source(Protocol):
    """Where a stream's events come from."""

    async def news(self) -> Sequence[Event]:
        """What happened since the last look; quick."""
        ...


class Streams:
    """The streams of one daemon: counted, and ended together. It starts and stops as a service.

    Args:
        limit: How many there may be at once.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._count = 0
        self.ending = False

    @property
    def count(self) -> int:
        """How many there are."""
        with self._lock:
            return self._count

    def enter(self) -> None:
        """Begin one.

        Raises:
            TooMany: There are as many as there may be (``E-STREAMS``).
        """
        with self._lock:
            if self._count >= self._limit:
                message = f"{self._limit} streams are open already"
                hint = "close one, or let api.streams allow more"
                raise TooMany(message, retry_after=RETRY_AFTER, code="E-STREAMS", hint=hint)
            self._count += 1

    def leave(self) -> None:
        """End one."""
        with self._lock:
            self._count -= 1

    def start(self) -> None:
        """Nothing runs yet."""

    def stop(self) -> None:
        """Let every stream end at its next look."""
        self.ending = True


class EventStream(Response):
    """An answer that goes on until the listener leaves.

    Args:
        source: Where the events come from.
        streams: Counts the listeners.
    """

    media_type = "text/event-stream"

    def __init__(self, source: Source, streams: Streams) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._source = source
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one listener."""
        try:
            self._streams.enter()
        except TooMany as error:
            await failure(error)(scope, receive, send)
            return
        try:
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            gone = asyncio.create_task(_gone(receive))
            try:
                await self._tell(send, gone)
            finally:
                gone.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await gone
        finally:
            self._streams.leave()

    async def _tell(self, send: Send, gone: asyncio.Task[None]) -> None:
        quiet = 0.0
        text = "retry: 1000\n\n"
        while not gone.done() and not self._streams.ending:
            text += "".join(event.text() for event in await self._source.news())
            quiet = 0.0 if text else quiet + LOOK_SECONDS
            if quiet >= BEAT_SECONDS:
                text, quiet = ": nothing new\n\n", 0.0
            if text:
                try:
                    async with asyncio.timeout(PATIENCE):
                        await send(_part(text))
                except TimeoutError:
                    return
                text = ""
            await asyncio.wait({gone}, timeout=LOOK_SECONDS)
        await send({**_part(""), "more_body": False})


def events(description: str) -> dict[int | str, dict[str, Any]]:
    """What the API's description says of a stream's answer."""
    return {200: {"description": description, "content": {EventStream.media_type: {}}}}


def _part(text: str) -> dict[str, Any]:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def _gone(receive: Receive) -> None:
    """Wait until the listener leaves."""
    while (await receive())["type"] != "http.disconnect":
        pass
