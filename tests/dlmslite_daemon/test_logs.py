"""Lines go through once: stamped, struck, collapsed, kept, shown."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.logs import STRUCK, LogPage, LogRing, Striker, iso_time, set_up


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(utc_ms=1_000)


@pytest.fixture(autouse=True)
def _structlog_as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_of_text(clock: FakeClock) -> None:
    out = io.StringIO()
    set_up(clock, stream=out)
    structlog.get_logger().bind(meter="kitchen").warning("connect failed", reason="refused")
    assert out.getvalue() == (
        "1970-01-01T00:00:01.000Z warning kitchen: connect failed reason=refused\n"
    )


def test_a_line_of_json(clock: FakeClock) -> None:
    out = io.StringIO()
    set_up(clock, json=True, stream=out)
    structlog.get_logger().info("ready", port=5001)
    assert json.loads(out.getvalue()) == {
        "event": "ready",
        "level": "info",
        "port": 5001,
        "ts_ms": 1000,
    }


def test_lines_below_the_level_are_neither_shown_nor_kept(clock: FakeClock) -> None:
    out = io.StringIO()
    ring = set_up(clock, level="warning", stream=out)
    structlog.get_logger().info("chatter")
    assert (out.getvalue(), ring.recent()) == ("", [])


def test_a_traceback_stands_below_its_line_without_the_secret(clock: FakeClock) -> None:
    out, striker = io.StringIO(), Striker()
    striker.learn(["hunter2"])
    ring = set_up(clock, stream=out, striker=striker)
    try:
        int("hunter2")
    except ValueError:
        structlog.get_logger().exception("thread ended")
    assert "ValueError: invalid literal" in out.getvalue()
    assert "hunter2" not in out.getvalue() + repr(ring.recent())


@pytest.mark.parametrize(
    "fields",
    [
        {"password": "hunter2"},
        {"note": "it is hunter2, really"},
        {"nested": {"deep": ["hunter2"], "API_Token": "x" * 9}},
        {"thing": ValueError("hunter2")},
        {"many": ("a", "hunter2")},
    ],
)
def test_secrets_are_struck_out_wherever_they_stand(
    clock: FakeClock, fields: dict[str, object]
) -> None:
    out, striker = io.StringIO(), Striker()
    striker.learn(["hunter2"])
    ring = set_up(clock, json=True, stream=out, striker=striker)
    structlog.get_logger().info("hunter2 came", **fields)
    shown = json.loads(out.getvalue())
    assert "hunter2" not in out.getvalue() + repr(ring.recent())
    assert "x" * 9 not in out.getvalue()
    assert shown["event"] == f"{STRUCK} came"


def test_what_is_no_secret_is_left_alone() -> None:
    striker = Striker()
    striker.learn(["1", ""])  # too short to strike: it would stand in every line
    line = {"port": 1, "ok": True, "none": None, "name": "meter 1", "share": 0.1}
    assert striker(None, "info", dict(line)) == line


def test_the_same_line_again_is_collapsed_and_counted(clock: FakeClock) -> None:
    out = io.StringIO()
    ring = set_up(clock, stream=out)
    log = structlog.get_logger()
    for _ in range(4):
        log.info("busy", meter="kitchen")
        log.info("busy", meter="attic")
        clock.advance(1)
    log.info("fine", meter="kitchen")
    lines = [(line.meter, line.event) for line in ring.recent()]
    assert lines == [("kitchen", "busy"), ("attic", "busy"), ("kitchen", "fine")]
    assert ring.recent("kitchen")[-1].fields == {"last_message_repeated": 3}


@given(
    lines=st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["info", "error"]))),
    capacity=st.integers(1, 10),
    limit=st.integers(1, 12),
    after=st.integers(0, 10),
)
def test_the_ring_gives_the_newest_that_fit(
    lines: list[tuple[str, str]], capacity: int, limit: int, after: int
) -> None:
    ring = LogRing(capacity)
    for number, (meter, level) in enumerate(lines, start=1):
        ring.add(number, level, "x", meter, {})
    kept = list(enumerate(lines, start=1))[-capacity:]
    for wanted in (None, "a"):
        for level in ("debug", "error"):
            expected = [
                number
                for number, (meter, own) in kept
                if number > after
                and (wanted is None or meter == wanted)
                and (level == "debug" or own == "error")
            ]
            found = ring.recent(wanted, limit, level=level, after=after)
            assert [line.number for line in found] == expected[-limit:]
    assert [line.ts_ms for line in ring.recent(limit=99, since_ms=4)] == [
        number for number, _ in kept if number >= 4
    ]


def test_the_ring_keeps_no_index_of_meters_whose_lines_are_gone() -> None:
    ring = LogRing(2)
    for meter in ("a", "b", "c"):
        ring.add(0, "info", "x", meter, {})
    assert ring.recent("a") == []
    assert set(ring._by_meter) == {"b", "c"}


def test_time_as_text() -> None:
    assert iso_time(1_700_000_000_123) == "2023-11-14T22:13:20.123Z"


def kept(ring: LogRing, *lines: tuple[str, str]) -> None:
    for level, meter in lines:
        ring.add(1, level, "event", meter, {})


def test_following_by_cursor_repeats_and_skips_none() -> None:
    ring = LogRing(capacity=10, began_ms=7)
    kept(ring, ("info", "a"), ("debug", "b"), ("warning", "a"))
    page = ring.after(0, limit=2)
    assert ([line.number for line in page.lines], page.cursor, page.lost) == ([1, 2], 2, False)
    page = ring.after(page.cursor, limit=2)
    assert ([line.number for line in page.lines], page.cursor) == ([3], 3)
    assert ring.after(3) == LogPage((), 3, lost=False)
    assert (ring.newest, ring.began_ms) == (3, 7)


def test_following_one_meter_or_a_level_passes_over_the_others() -> None:
    ring = LogRing()
    kept(ring, ("info", "a"), ("debug", "b"), ("warning", "a"), ("info", "b"))
    page = ring.after(0, "a", level="warning")
    assert ([line.number for line in page.lines], page.cursor) == ([3], 4)
    assert ring.after(0, "nobody") == LogPage((), 4, lost=False)


def test_lines_that_are_gone_are_told_to_whom_they_would_have_been() -> None:
    ring = LogRing(capacity=2)
    kept(ring, ("info", "a"), ("info", "b"), ("info", "b"))
    assert ring.after(0).lost
    assert ring.after(0, "a").lost
    assert not ring.after(0, "b").lost
    assert not ring.after(1).lost


@given(
    st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 5), st.sampled_from([None, "a"])
)
def test_whatever_the_page_every_line_comes_once(
    meters: list[str], limit: int, meter: str | None
) -> None:
    ring = LogRing()
    told, cursor = [], 0
    for one in meters:
        kept(ring, ("info", one))
        page = ring.after(cursor, meter, limit)
        told, cursor = [*told, *page.lines], page.cursor
    while (page := ring.after(cursor, meter, limit)).lines:
        told, cursor = [*told, *page.lines], page.cursor
    assert [line.number for line in told] == [
        number for number, one in enumerate(meters, 1) if meter in {None, one}
    ]
