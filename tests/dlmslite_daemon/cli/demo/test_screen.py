"""The table is drawn in place on a terminal, and now and then elsewhere; keys come one by one."""

from __future__ import annotations

import io
import os
import pty
import sys
import termios
from typing import Any

import pytest
from attrs import evolve
from rich.console import Console

from dlmslite_daemon.cli.demo.ledger import Heard
from dlmslite_daemon.cli.demo.screen import PRINT_SECONDS, Keys, Scene, Screen, draw

ROW: dict[str, Any] = {
    "name": "meter-01",
    "observed": "online",
    "reason": "the last poll was complete",
    "last_reading_age": 3,
    "drift": None,
    "pending": 4,
}
SCENE = Scene(
    seconds=1.0,
    meters=[ROW],
    notes={"meter-01": "flaky"},
    heard={"meter-01": Heard(readings=8, repeated=1)},
    sink={"connected": True, "acknowledged": 2, "pending": {"live": 4, "history": 0}},
    broker=True,
    news=["one", "two"],
)


def drawn(scene: Scene, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(draw(scene, width))
    return out.getvalue()


def test_a_scene_shows_meters_delivery_and_news() -> None:
    text = drawn(SCENE)
    row = next(line for line in text.splitlines() if line.startswith("meter-01"))
    assert row.split()[-5:] == ["3s", "-", "4", "8", "1"]
    assert "bridge connected" in text
    assert "pending 4, received 8" in text
    assert "the last poll was complete" in row
    assert text.rstrip().endswith("two")


def test_on_a_narrow_terminal_no_meter_needs_two_lines() -> None:
    notes = {"meter-01": "wrong password"}
    row = {**ROW, "observed": "breaker-open", "drift": "1199.993"}
    lines = drawn(evolve(SCENE, notes=notes, meters=[row]), 80).splitlines()
    assert lines[1].split()[-5:] == ["3s", "1199.993", "4", "8", "1"]
    assert lines[2].strip() == ""


def test_a_broker_that_is_down_and_a_sink_not_known_yet_are_shown() -> None:
    text = drawn(evolve(SCENE, broker=False, sink={}))
    assert "broker DOWN" in text
    assert "bridge not connected" in text


def test_in_a_pipe_a_scene_is_printed_now_and_then_and_at_the_end() -> None:
    out = io.StringIO()
    with Screen(Console(file=out, width=200)) as screen:
        for seconds in (0.0, 1.0, PRINT_SECONDS, PRINT_SECONDS + 1):
            screen.show(evolve(SCENE, seconds=seconds))
        assert out.getvalue().count("meter-01") == 2
        screen.show(SCENE, last=True)
    assert out.getvalue().count("meter-01") == 3


def test_on_a_terminal_every_scene_is_drawn_in_place() -> None:
    out = io.StringIO()
    with Screen(Console(file=out, width=200, force_terminal=True)) as screen:
        assert screen.in_place
        screen.show(SCENE)
        screen.show(evolve(SCENE, seconds=2.0))
    assert out.getvalue().count("meter-01") >= 2
    assert "\x1b[" in out.getvalue()


def test_a_silent_screen_shows_nothing() -> None:
    out = io.StringIO()
    with Screen(Console(file=out), silent=True) as screen:
        screen.show(SCENE, last=True)
    assert out.getvalue() == ""


def test_keys_come_without_enter_and_the_terminal_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "r") as terminal, os.fdopen(leader, "wb") as fingers:
        before = termios.tcgetattr(terminal)
        monkeypatch.setattr(sys, "stdin", terminal)
        with Keys(wanted=True).listening() as keys:
            assert keys.pressed(0.0) == ""
            fingers.write(b"bs")
            fingers.flush()
            assert keys.pressed(5.0) == "bs"
        assert termios.tcgetattr(terminal) == before


def test_where_nobody_can_press_any_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("q"))
    with Keys(wanted=True).listening() as keys:
        assert keys.pressed(0.0) == ""
