"""Logs and frames by the API, and following them over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rig.bridge import KITCHEN, NOW_MS, Bridge, ask, served

from dlmslite_daemon.cli.reach import Daemon, through_socket

DISC = bytes.fromhex("7ea00703035380d77e")


def add(parts: Bridge, event: str, meter: str = "kitchen", level: str = "info") -> None:
    ring = parts.services.log.ring
    assert ring is not None
    ring.add(parts.clock.utc_ms(), level, event, meter, {"n": 1})


def test_the_lines_of_a_meter_are_its_own(parts: Bridge) -> None:
    add(parts, "one")
    add(parts, "other", "cellar")
    add(parts, "two", level="warning")
    _, content = ask(parts.app, "GET", "/api/meters/1/logs")
    assert [line["message"] for line in content["logs"]] == ["one n=1", "two n=1"]
    assert (content["count"], content["meter_id"]) == (2, 1)
    _, content = ask(parts.app, "GET", "/api/meters/kitchen/logs?level=warning&lines=1")
    assert [line["event"] for line in content["logs"]] == ["two"]
    _, content = ask(parts.app, "GET", f"/api/meters/kitchen/logs?since={NOW_MS + 1}")
    assert content["logs"] == []


def test_the_lines_of_the_system_are_everybodys(parts: Bridge) -> None:
    add(parts, "one")
    add(parts, "ready", "")
    _, content = ask(parts.app, "GET", "/api/system/logs?lines=5")
    assert [line["event"] for line in content["logs"]] == ["one", "ready"]


def test_the_last_frames_are_explained(parts: Bridge) -> None:
    frames = parts.services.log.frames
    assert frames is not None
    frames.tap("kitchen", "")(True, DISC)
    _, content = ask(parts.app, "GET", "/api/meters/kitchen/frames")
    assert content["frames"][0]["explained"]["frame"] == "DISC"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("level=loud", 422),
        ("lines=0", 422),
        ("since=-1", 422),
        (f"since={2**63}", 422),
        ("since=x", 422),
    ],
)
def test_what_makes_no_sense_is_refused(parts: Bridge, query: str, status: int) -> None:
    assert ask(parts.app, "GET", f"/api/meters/kitchen/logs?{query}")[0] == status


@pytest.mark.parametrize(
    "path", ["/api/meters/x/logs", "/api/meters/x/frames", "/api/events/logs?meter=x"]
)
def test_an_unknown_meter_is_404(parts: Bridge, path: str) -> None:
    status, content = ask(parts.app, "GET", path)
    assert (status, content["error"]["code"]) == (404, "E-METER-UNKNOWN")


@pytest.mark.parametrize("query", ["cursor=x", "frames=true", "level=x"])
def test_a_stream_that_makes_no_sense_does_not_begin(parts: Bridge, query: str) -> None:
    assert ask(parts.app, "GET", f"/api/events/logs?{query}")[0] == 422


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[Bridge, Daemon]]:
    with served(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        way = through_socket(tmp_path / "bridge.sock")
        yield parts, way
        way.close()


def test_a_stream_goes_on_where_it_was_and_repeats_nothing(live: tuple[Bridge, Daemon]) -> None:
    parts, way = live
    add(parts, "one")
    first = way.listen("/api/events/logs", {"meter": "kitchen", "lines": 5})
    assert next(first).name == "begin"
    one = next(first)
    assert one.data["event"] == "one"
    first.close()  # type: ignore[attr-defined] # a generator has it
    add(parts, "two")
    again = way.listen("/api/events/logs", {"meter": "kitchen"}, one.id)
    assert next(again).data["event"] == "two"
    add(parts, "three")
    assert next(again).data["event"] == "three"


def test_a_fleet_stream_tells_every_meter_and_then_changes(live: tuple[Bridge, Daemon]) -> None:
    parts, way = live
    stream = way.listen("/api/events/fleet", {})
    first = next(stream)
    assert [meter["name"] for meter in first.data["meters"]] == ["kitchen"]
    parts.store.remove_meter("kitchen")
    assert next(stream).data["gone"] == ["kitchen"]


def test_streams_beyond_the_limit_are_429(live: tuple[Bridge, Daemon], tmp_path: Path) -> None:
    parts, _ = live
    for _ in range(parts.services.settings.streams):
        parts.services.streams.enter()
    transport = httpx.HTTPTransport(uds=str(tmp_path / "bridge.sock"))
    with httpx.Client(transport=transport, base_url="http://bridge", timeout=30) as client:
        answer = client.get("/api/events/logs")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
    assert json.loads(answer.content)["error"]["code"] == "E-STREAMS"
