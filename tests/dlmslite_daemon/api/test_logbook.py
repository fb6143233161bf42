"""Cursors, gaps, and what the store alone can tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import NOW_MS, Bridge

from dlmslite_daemon.api.logbook import Cursor, Logbook, frame_view, line_view, message_of
from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.logs import LogLine, LogRing
from dlmslite_daemon.store.records import Diagnostic

DISC = bytes.fromhex("7ea00703035380d77e")


def test_a_cursor_is_what_it_says() -> None:
    assert Cursor.parse(str(Cursor(5, 6, 7))) == Cursor(5, 6, 7)


@pytest.mark.parametrize("text", ["", "1-2", "1-2-x", "-1-2-3", "1-2-3-4", "9" * 40])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cursor"):
        Cursor.parse(text)


def test_after_a_restart_all_is_told_and_the_gap_too(parts: Bridge) -> None:
    log = parts.services.log
    assert log.ring is not None
    log.ring.add(NOW_MS, "info", "ready", "", {})
    told = log.after(Cursor(1, 99, 99), None, "debug", frames=False)
    assert ([line.event for line in told.lines], told.gap) == (["ready"], "restart")
    assert log.after(told.cursor, None, "debug", frames=False).gap == ""


def test_lines_that_were_gone_before_they_were_told_are_a_gap(parts: Bridge) -> None:
    log = Logbook(parts.store, LogRing(1, 7), parts.services.log.frames)
    assert log.ring is not None
    for _ in range(2):
        log.ring.add(NOW_MS, "info", "ready", "", {})
    assert log.after(Cursor(7, 0, 0), None, "debug", frames=False).gap == "overrun"


def test_frames_come_where_they_are_wanted_and_of_one_meter(parts: Bridge) -> None:
    log = parts.services.log
    assert log.frames is not None
    start = log.now()
    log.frames.tap("kitchen", "")(True, DISC)
    assert len(log.after(start, "kitchen", "debug", frames=True).frames) == 1
    assert log.after(start, "kitchen", "debug", frames=False).frames == ()
    assert log.after(start, "cellar", "debug", frames=True).frames == ()


def test_without_a_process_the_store_tells_of_a_meter(parts: Bridge) -> None:
    parts.store.add_diagnostic(Diagnostic("kitchen", 5, "warning", "hdlc", "bad FCS", DISC))
    parts.store.add_diagnostic(Diagnostic("kitchen", 6, "info", "connection", "opened"))
    log = Logbook(parts.store)
    assert [line.event for line in log.recent("kitchen", 9, "debug", 0).lines] == [
        "bad FCS",
        "opened",
    ]
    assert [line.event for line in log.recent("kitchen", 9, "warning", 0).lines] == ["bad FCS"]
    assert [line.event for line in log.recent("kitchen", 9, "debug", 6).lines] == ["opened"]
    assert log.recent(None, 9, "debug", 0).lines == []
    assert log.after(Cursor(1, 2, 3), "kitchen", "debug", frames=True).lines == ()


def test_a_line_has_the_old_names_first() -> None:
    line = LogLine(3, 1000, "warning", "connect failed", "kitchen", {"reason": "refused", "n": 1})
    view = line_view(line)
    assert list(view)[:3] == ["timestamp", "level", "message"]
    assert view["timestamp"] == "1970-01-01T00:00:01.000+00:00"
    assert view["message"] == message_of(line) == "connect failed reason=refused n=1"


def test_what_json_has_not_is_told_as_text() -> None:
    odd = {"a": float("nan"), "b": Path("x"), "c": [{"d": float("inf")}], "e": None, "f": 0.5}
    fields = line_view(LogLine(1, 0, "info", "x", "", odd))["fields"]
    assert fields == {"a": "nan", "b": "x", "c": [{"d": "inf"}], "e": None, "f": 0.5}


def test_a_frame_is_told_with_what_it_says(parts: Bridge) -> None:
    frames = parts.services.log.frames
    assert frames is not None
    frames.tap("kitchen", "")(False, DISC)
    view = frame_view(frames.recent("kitchen")[0])
    assert (view["direction"], view["octets"]) == ("received", DISC.hex())
    assert view["explained"]["frame"] == "DISC"
