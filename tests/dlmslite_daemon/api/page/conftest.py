"""What the tests of the page share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from rig.bridge import Bridge

from dlmslite_daemon.api.auth import through


@pytest.fixture
def beginning(parts: Bridge) -> Callable[[str], str]:
    """What a stream says at first; an ASGI client of its own, since httpx waits for the end."""

    def listen(path: str) -> str:
        before, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": before, "raw_path": before.encode(), "query_string": query.encode(),
            "root_path": "", "headers": [], "client": ("127.0.0.1", 1), "server": ("bridge", 80),
        }  # fmt: skip
        said: list[bytes] = []

        async def go() -> None:
            told = asyncio.Event()
            first: list[dict[str, Any]] = [
                {"type": "http.request", "body": b"", "more_body": False}
            ]

            async def receive() -> dict[str, Any]:
                if first:
                    return first.pop()
                await told.wait()
                return {"type": "http.disconnect"}

            async def send(message: dict[str, Any]) -> None:
                said.append(message.get("body", b""))
                if b"event: " in said[-1]:
                    told.set()

            async with asyncio.timeout(10):
                await through(parts.app, local=True)(scope, receive, send)

        asyncio.run(go())
        return b"".join(said).decode()

    return listen
