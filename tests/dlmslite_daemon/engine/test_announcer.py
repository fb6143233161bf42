"""Everything after a connect, then only what changed."""

from __future__ import annotations

import pytest
from attrs import evolve

from dlmslite_daemon.engine.announcer import LOOK_EVERY, Announcer
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.health import MeterHealth, Observed, SeriesHealth, SeriesState
from dlmslite_daemon.sinks.mqtt_plain import PlainEncoder
from dlmslite_daemon.store.records import Desired

VOLTAGE = SeriesHealth("voltage", "1.1.32.7.0.255", "V", SeriesState.GOOD)
MISSING = SeriesHealth("missing", "1.1.99.7.0.255", state=SeriesState.UNDEFINED)
KITCHEN = MeterHealth(
    1, "kitchen", "10.0.0.5:1", Desired.RUNNING, Observed.ONLINE, series=(VOLTAGE, MISSING)
)


@pytest.fixture
def board() -> Board:
    board = Board()
    board.put_meter(KITCHEN)
    return board


def said(announcer: Announcer) -> list[str]:
    topics = []
    while announcer.waiting:
        message = announcer.next()
        topics.append(f"{message.topic}={message.payload.decode()[:7]}")
    return topics


def test_31_after_each_connect_everything_is_said(board: Board) -> None:
    announcer = Announcer(PlainEncoder("m"), board)
    for _ in range(2):
        announcer.greet()
        topics = said(announcer)
        assert topics[:2] == ["m/bridge/state=online", "m/kitchen/availability=online"]
        assert topics[2].startswith("m/kitchen/info")
    assert announcer.waiting == 0


def test_only_what_changed_is_said_and_not_more_than_once_a_second(board: Board) -> None:
    announcer = Announcer(PlainEncoder("m"), board)
    announcer.greet()
    said(announcer)
    announcer.look(100.0)
    assert said(announcer) == []
    board.put_meter(evolve(KITCHEN, observed=Observed.BACKOFF))
    announcer.look(100.5)
    assert said(announcer) == []
    announcer.look(100.0 + LOOK_EVERY)
    assert "m/kitchen/availability=offline" in said(announcer)
    board.put_meter(evolve(KITCHEN, observed=Observed.BACKOFF, polls_due=7))
    announcer.look(102.0)
    assert said(announcer) == []


def test_a_removed_meter_is_withdrawn(board: Board) -> None:
    announcer = Announcer(PlainEncoder("m"), board)
    announcer.greet()
    said(announcer)
    board.drop_meter("kitchen", "10.0.0.5:1")
    announcer.look(100.0)
    assert said(announcer) == ["m/kitchen/availability=", "m/kitchen/info="]


def test_what_the_meter_does_not_have_is_not_announced(board: Board) -> None:
    announcer = Announcer(PlainEncoder("m"), board)
    announcer.greet()
    info = [announcer.next() for _ in range(3)][2]
    assert b"voltage" in info.payload
    assert b"missing" not in info.payload


def test_the_goodbye_names_who_was_announced(board: Board) -> None:
    announcer = Announcer(PlainEncoder("m"), board)
    announcer.greet()
    assert [message.payload for message in announcer.goodbye()] == [b"offline", b"offline"]
