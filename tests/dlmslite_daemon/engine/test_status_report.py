from __future__ import annotations

from structlog.testing import capture_logs

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.health import MeterHealth, SeriesHealth, SinkHealth
from dlmslite_daemon.engine.status_report import EVERY, HEADING, StatusReport, line
from dlmslite_daemon.store.records import Desired

HALL = MeterHealth(
    3,
    "hall",
    "10.0.0.5:3333",
    Desired.RUNNING,
    polls_due=200,
    polls_complete=197,
    runtime_seconds=2000.4,
    series=(SeriesHealth("voltage", "1.0.32.7.0.255", asked=199, good=197),),
)


def test_the_line_is_the_old_one() -> None:
    expected = "Meter 3 (hall): Cycles=200, Success=98.5%, MQTT=190, Runtime=2000s"
    assert line(HALL, 190) == expected


def test_a_meter_that_was_never_due_divides_by_nothing() -> None:
    new = MeterHealth(1, "new", "10.0.0.6:3333", Desired.RUNNING)
    assert line(new, 0) == "Meter 1 (new): Cycles=0, Success=0.0%, MQTT=0, Runtime=0s"


def test_it_is_written_each_minute_and_not_before() -> None:
    clock = FakeClock()
    board = Board()
    board.put_meter(HALL)
    for name, count in (("tb", 190), ("local", 7)):
        board.put_sink(
            SinkHealth(name, "mqtt", acknowledged=count, readings_acknowledged={"hall": count})
        )
    report = StatusReport(board, clock)
    with capture_logs() as lines:
        assert report.turn(clock.monotonic()) == EVERY
        clock.advance(EVERY - 1)
        assert report.turn(clock.monotonic()) == 1
    assert lines == []
    clock.advance(1)
    with capture_logs() as lines:
        assert report.turn(clock.monotonic()) == EVERY
    assert [entry["event"] for entry in lines] == [
        HEADING,
        "Meter 3 (hall): Cycles=200, Success=98.5%, MQTT=197, Runtime=2000s",
        "Network: DLMS 199 req, MQTT 197 msg",
    ]
    assert lines[1]["meter"] == "hall"
    report.close()


def test_minutes_that_were_slept_through_are_not_made_up_for() -> None:
    clock = FakeClock()
    report = StatusReport(Board(), clock)
    clock.advance(10 * EVERY)
    with capture_logs() as lines:
        assert report.turn(clock.monotonic()) == EVERY
        report.turn(clock.monotonic())
    assert [entry["event"] for entry in lines].count(HEADING) == 1
