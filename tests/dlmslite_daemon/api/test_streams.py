"""Streams are counted, ended together, and never wait for a listener who reads nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from starlette.types import Message

from dlmslite_daemon.api import streams as module
from dlmslite_daemon.api.streams import Event, EventStream, Streams
from dlmslite_daemon.errors import TooMany

SCOPE = {"type": "http", "method": "GET", "path": "/"}


class Counter:
    """Tells a number at each look."""

    def __init__(self) -> None:
        self.looks = 0

    async def news(self) -> Sequence[Event]:
        self.looks += 1
        return [Event("n", {"n": self.looks}, str(self.looks))]


class Nothing:
    async def news(self) -> Sequence[Event]:
        return ()


class Listener:
    """The other side of a stream."""

    def __init__(self, leaves_after: int = 3, blocks: bool = False) -> None:
        self.messages: list[Message] = []
        self._leaves_after = leaves_after
        self._blocks = blocks
        self._left = asyncio.Event()

    async def receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if self._blocks and len(self.messages) > 1:
            await asyncio.sleep(60)
        if len(self.messages) > self._leaves_after:
            self._left.set()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.002)
    monkeypatch.setattr(module, "PATIENCE", 0.02)


def serve(source: Any, streams: Streams, **listening: Any) -> Listener:
    async def go() -> Listener:
        listener = Listener(**listening)
        async with asyncio.timeout(5):
            await EventStream(source, streams)(SCOPE, listener.receive, listener.send)
        return listener

    return asyncio.run(go())


def test_an_event_on_the_wire() -> None:
    event = Event("line", {"value": Decimal("1.10"), "text": "a\nb"}, "7-8-9")
    assert event.text() == 'id: 7-8-9\nevent: line\ndata: {"value": 1.10, "text": "a\\nb"}\n\n'


def test_events_are_told_until_the_listener_leaves() -> None:
    streams = Streams(1)
    listener = serve(Counter(), streams)
    assert listener.messages[0]["status"] == 200
    headers = dict(listener.messages[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in headers
    assert listener.text.startswith('retry: 1000\n\nid: 1\nevent: n\ndata: {"n": 1}\n\nid: 2')
    assert streams.count == 0


def test_one_stream_too_many_is_429_and_holds_no_place() -> None:
    streams = Streams(1)
    streams.enter()
    listener = serve(Counter(), streams)
    assert listener.messages[0]["status"] == 429
    assert (b"retry-after", b"10") in listener.messages[0]["headers"]
    assert streams.count == 1
    with pytest.raises(TooMany, match="E-STREAMS"):
        streams.enter()


def test_a_listener_who_takes_nothing_is_left() -> None:
    streams, source = Streams(1), Counter()
    serve(source, streams, blocks=True)
    assert source.looks == 1
    assert streams.count == 0


def test_without_news_a_comment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.004)
    assert ": nothing new\n\n" in serve(Nothing(), Streams(1)).text


def test_all_streams_end_with_the_daemon() -> None:
    streams = Streams(1)
    streams.start()
    streams.stop()
    listener = serve(Counter(), streams)
    assert listener.messages[-1]["more_body"] is False
