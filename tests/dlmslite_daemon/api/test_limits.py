"""Rates by address, bodies by size and time, headers on every answer."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from rig.bridge import Bridge, ask

from dlmslite_daemon.api import limits
from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.limits import BODY_MAX, CALLERS_MAX, TABLE_MAX, Buckets
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.errors import TooMany


def send(parts: Bridge, method: str, path: str, *, local: bool = False, **more: Any) -> Any:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(through(parts.app, local=local))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.request(method, path, **more)

    return asyncio.run(go())


def test_a_bucket_fills_with_time_and_tells_when() -> None:
    clock = FakeClock()
    buckets = Buckets(clock, rate=0.5, burst=2)
    buckets.take("anna")
    buckets.take("anna")
    buckets.take("berta")
    with pytest.raises(TooMany) as caught:
        buckets.take("anna")
    assert caught.value.retry_after == 2
    clock.advance(2)
    buckets.take("anna")
    with pytest.raises(TooMany):
        buckets.take("anna")


def test_only_so_many_callers_are_remembered() -> None:
    buckets = Buckets(FakeClock(), rate=1, burst=1)
    buckets.take("first")
    for number in range(CALLERS_MAX):
        buckets.take(str(number))
    buckets.take("first")  # forgotten, and so full again


def test_too_many_requests_of_one_address_are_429_with_the_time_to_come_back(
    parts: Bridge,
) -> None:
    answers = [send(parts, "GET", "/healthz") for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [429]
    assert answers[-1].json()["error"]["code"] == "E-TOO-MANY"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert send(parts, "GET", "/healthz", local=True).status_code == 200


def test_a_body_beyond_the_limit_is_413_and_a_table_may_be_longer(parts: Bridge) -> None:
    body = {"format": "csv", "text": "x" * (BODY_MAX + 1)}
    status, content = ask(parts.app, "POST", "/api/meters", body)
    assert (status, content["error"]["code"]) == (413, "E-BODY-TOO-LARGE")
    assert ask(parts.app, "POST", "/api/meters/import", body)[0] == 422
    body["text"] = "x" * (TABLE_MAX + 1)
    assert ask(parts.app, "POST", "/api/meters/import", body)[0] == 413


def test_all_bodies_together_have_a_limit(parts: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODIES_MAX", 1000)
    status, content = ask(parts.app, "POST", "/api/meters", {"name": "x" * 1000})
    assert (status, content["error"]["code"]) == (429, "E-TOO-MANY")
    assert ask(parts.app, "POST", "/api/meters", {})[0] == 422  # what was held is free again


def test_a_body_that_never_ends_is_408(parts: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)

    async def trickle() -> Any:
        yield b"{"
        await asyncio.sleep(5)

    answer = send(parts, "POST", "/api/meters", local=True, content=trickle())
    assert (answer.status_code, answer.json()["error"]["code"]) == (408, "E-BODY-TOO-SLOW")


@pytest.mark.parametrize("path", ["/healthz", "/api/meters", "/api/nowhere"])
def test_no_answer_is_kept_or_taken_for_something_else(parts: Bridge, path: str) -> None:
    headers = send(parts, "GET", path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
