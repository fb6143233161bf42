"""Whoever goes on from any event is told what followed it, once, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rig.bridge import NOW_MS, Bridge

from dlmslite_daemon.api.following import Follow
from dlmslite_daemon.api.logbook import Cursor, Logbook
from dlmslite_daemon.api.streams import Event
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.logs import LogRing
from dlmslite_daemon.meters.frames import FrameRing

DISC = bytes.fromhex("7ea00703035380d77e")


def news(follow: Follow) -> list[Event]:
    return list(asyncio.run(follow.news()))


def add(log: Logbook, event: str, meter: str = "kitchen", level: str = "info") -> None:
    assert log.ring is not None
    log.ring.add(NOW_MS, level, event, meter, {})


def told(events: list[Event]) -> list[str]:
    return [str(event.data.get("event", event.name)) for event in events]


@pytest.fixture
def log(parts: Bridge) -> Logbook:
    return parts.services.log


def test_it_begins_now_with_a_cursor_although_nothing_is_told(log: Logbook) -> None:
    add(log, "before")
    follow = Follow(log, "kitchen", "debug", frames=False)
    (begin,) = news(follow)
    assert (begin.name, begin.id) == ("begin", str(log.now()))
    assert news(follow) == []
    add(log, "after")
    add(log, "other", "cellar")
    assert told(news(follow)) == ["after"]


def test_it_begins_with_the_newest_lines_if_told_to(log: Logbook) -> None:
    for event in ("one", "two", "three"):
        add(log, event)
    follow = Follow(log, None, "debug", frames=False)
    follow.begin(2, 0)
    add(log, "four")
    assert told(news(follow)) == ["begin", "two", "three"]
    assert told(news(follow)) == ["four"]


def test_a_lower_level_is_passed_over(log: Logbook) -> None:
    follow = Follow(log, None, "warning", frames=False)
    news(follow)
    add(log, "chatter")
    add(log, "trouble", level="warning")
    assert told(news(follow)) == ["trouble"]


def test_a_gap_is_told_before_what_follows_it(log: Logbook) -> None:
    add(log, "new")
    follow = Follow(log, None, "debug", frames=False)
    follow.go_on(Cursor(1, 5, 5))
    events = news(follow)
    assert [event.name for event in events] == ["gap", "line"]
    assert events[0].data == {"reason": "restart"}


@given(
    st.lists(st.sampled_from(["line", "frame", "tick"]), max_size=30),
    st.integers(0, 30),
    st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_goes_on_from_any_event_is_told_the_rest_once(
    steps: list[str], cut: int, looks_often: bool
) -> None:
    clock = FakeClock(utc_ms=NOW_MS)
    ring = LogRing(1000, NOW_MS)
    log = Logbook(None, ring, FrameRing(clock, 1000))  # type: ignore[arg-type] # no store is asked
    assert log.frames is not None
    tap = log.frames.tap("kitchen", "")
    follow = Follow(log, "kitchen", "debug", frames=True)
    events = news(follow)
    for number, step in enumerate(steps):
        if step == "line":
            ring.add(clock.utc_ms(), "info", str(number), "kitchen", {})
        elif step == "frame":
            tap(True, DISC)
        else:
            clock.advance(1)
        if looks_often:
            events += news(follow)
    events += news(follow)
    assert sum(event.name == "line" for event in events) == steps.count("line")
    assert sum(event.name == "frame" for event in events) == steps.count("frame")
    last = events[min(cut, len(events) - 1)]
    again = Follow(log, "kitchen", "debug", frames=True)
    again.go_on(Cursor.parse(last.id))
    rest, expected = news(again), events[events.index(last) + 1 :]
    # Each kind in its own order; of one moment, either kind may be told first.
    for kind in ("line", "frame"):
        assert [event.data for event in rest if event.name == kind] == [
            event.data for event in expected if event.name == kind
        ]
