"""What one caller may take: requests a second, octets of a body.

Rates are buckets that fill with time; whoever finds his empty is told when to come back. Bodies are
taken whole before any route sees them, within a size and a time, and all of them together within
another size: a hundred callers at once must not fill the memory.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import OrderedDict

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlmslite_daemon.api.caller import LOCAL
from dlmslite_daemon.api.envelope import failure
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError, TooMany

BODY_MAX = 256 * 1024  # octets; the longest that is no table
TABLE_MAX = 4 * 1024 * 1024  # octets of an import: 20,000 meters fit, an attack on memory does not
TABLE_PATHS = frozenset({"/api/meters/import", "/api/import-old"})
BODIES_MAX = 32 * 1024 * 1024  # octets of all bodies that are under way
BODY_SECONDS = 10.0  # a slower client is cut off, so that it holds no place
CALLERS_MAX = 1000  # buckets remembered; the one that was quiet longest is forgotten


class Buckets:
    """One bucket for each caller.

    Args:
        clock: Fills them.
        rate: How many may be taken each second, in the long run.
        burst: How many a full bucket holds.
    """

    def __init__(self, clock: Clock, rate: float, burst: float) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = burst
        self._lock = threading.Lock()
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Take one out of a caller's bucket.

        Raises:
            TooMany: It is empty; tells when to come back.
        """
        now = self._clock.monotonic()
        with self._lock:
            level, since = self._levels.pop(caller, (self._burst, now))
            level = min(self._burst, level + (now - since) * self._rate)
            enough = level >= 1
            self._levels[caller] = (level - 1 if enough else level, now)
            while len(self._levels) > CALLERS_MAX:
                self._levels.popitem(last=False)
        if not enough:
            raise TooMany("too many requests", retry_after=math.ceil((1 - level) / self._rate))


class RateLimit:
    """Lets each address make so many requests a second over TCP; this machine's socket is free.

    Args:
        app: What comes after.
        buckets: One for each address.
    """

    def __init__(self, app: ASGIApp, buckets: Buckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and not scope.get(LOCAL):
            peer = scope.get("client")
            try:
                self._buckets.take(peer[0] if peer else "")
            except TooMany as error:
                await failure(error, {"Connection": "close"})(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Takes a request's body whole within a size and a time, or answers 413, 408 or 429.

    Args:
        app: What comes after.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = 0  # octets of all bodies that are under way; one event loop counts them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = TABLE_MAX if scope["path"] in TABLE_PATHS else BODY_MAX
        parts: list[bytes] = []
        try:
            try:
                await self._take(receive, parts, limit)
            except BridgeError as error:
                await failure(error, {"Connection": "close"})(scope, receive, send)
                return
            body = b"".join(parts)
            first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Message:
                return first.pop() if first else await receive()

            await self._app(scope, again, send)
        finally:
            self._held -= sum(map(len, parts))

    async def _take(self, receive: Receive, parts: list[bytes], limit: int) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                await self._whole(receive, parts, limit)
        except TimeoutError:
            message = f"no whole body in {BODY_SECONDS:g} s"
            raise BridgeError(message, code="E-BODY-TOO-SLOW") from None

    async def _whole(self, receive: Receive, parts: list[bytes], limit: int) -> None:
        """The body of a request; what was there when the client left."""
        size = 0
        more = True
        while more:
            message = await receive()
            part = message.get("body", b"")
            parts.append(part)
            size += len(part)
            self._held += len(part)
            if size > limit:
                raise BridgeError(f"a body is at most {limit} octets", code="E-BODY-TOO-LARGE")
            if self._held > BODIES_MAX:
                raise TooMany("too much is being sent at once", retry_after=1)
            more = message.get("more_body", False)


class SafeHeaders:
    """Tells browsers to take an answer for what it says, to keep no copy, to tell no one of us.

    Args:
        app: What comes after.
    """

    HEADERS = (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-store"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                named = {name.lower() for name, _ in headers}
                headers += [header for header in self.HEADERS if header[0] not in named]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, dressed)
