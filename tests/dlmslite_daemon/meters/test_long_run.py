"""Many reads count what is lost; gaps rise until the session does not outlive one."""

from __future__ import annotations

import threading

import pytest
from rig.engine import Bench

import dlmslite
from dlmslite_daemon.causes import Cause
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.finding import Step
from dlmslite_daemon.meters.failure import MeterFailed
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.long_run import LongRun, Pace
from dlmslite_daemon.meters.reader import Reader

CLOCK = ("0.0.1.0.0.255", 2, 8)


class CountingClock(FakeClock):
    """A fake clock whose waits pass at once and are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.rests.append(seconds)
        self.advance(seconds)
        return event.is_set()


class Run:
    """A long run of a scripted meter on a fake clock."""

    def __init__(self, *, reads: int = 30, gaps: tuple[float, ...] = (20.0, 35.0, 200.0)) -> None:
        clock = CountingClock()
        self.bench = Bench(clock)
        self.bench.add("kitchen")
        self.meter = self.bench.meters["kitchen"]
        self.meter.attributes[CLOCK] = b"clock"
        self.told: list[str] = []
        self.rests = clock.rests
        self.run = LongRun(
            open=self.open, clock=clock, hush=threading.Event(), tell=self.told.append,
            reads=reads, gaps=gaps,
        )  # fmt: skip

    def open(self) -> Reader:
        settings = self.bench.store.meter("kitchen").settings
        line = Line(settings.endpoint, self.bench.clock)
        reader = self.bench.entrance(settings, line).reader()
        reader.open()
        return reader


def test_a_sound_line_loses_nothing() -> None:
    run = Run()
    _, pace, rung = run.run.read_many(run.open())

    assert (pace.count, pace.lost, rung.step) == (30, 0, Step.PASSED)
    assert pace.quantile(0.5) == pytest.approx(0.1)
    assert run.told == ["read 1 of 30", "read 11 of 30", "read 21 of 30"]


def test_a_broken_session_is_one_loss_and_opened_anew() -> None:
    run = Run(reads=5)
    run.meter.break_reads = [dlmslite.DeadlineExceeded("late")]
    reader, pace, rung = run.run.read_many(run.open())

    assert (pace.lost, rung.cause) == (1, Cause.RANDOM_LOSS)
    assert reader.is_open
    assert run.meter.calls.count("connect") == 2


def test_an_answer_that_refuses_is_an_answer() -> None:
    run = Run(reads=5)
    run.meter.attributes[CLOCK] = dlmslite.ServiceError("denied")

    assert run.run.read_many(run.open())[1].lost == 0


def test_slow_reads_are_noted() -> None:
    run = Run(reads=5)
    run.meter.takes = 3.0

    assert run.run.read_many(run.open())[2].cause is Cause.SLOW


def test_no_other_read_is_begun_when_the_line_is_wanted_again() -> None:
    run = Run(reads=200)
    run.meter.takes = 3.0
    _, pace, _ = run.run.read_many(run.open())

    assert pace.count == 80


def test_every_gap_is_waited_for_with_words() -> None:
    run = Run()
    _, gaps, rung = run.run.idle(run.open())

    assert [(gap.seconds, gap.survived) for gap in gaps] == [
        (20.0, True), (35.0, True), (200.0, True),
    ]  # fmt: skip
    assert sum(run.rests) == 255.0
    assert "idle for 200 s, 5 s left" in run.told
    assert rung.step is Step.PASSED


def test_the_first_gap_that_is_too_long_ends_it() -> None:
    run = Run()
    reader = run.open()
    run.meter.before_read = lambda: run.meter.break_reads.extend(
        [dlmslite.LinkError("disconnected")] if sum(run.rests) > 20 else []
    )
    reader, gaps, rung = run.run.idle(reader)

    assert [gap.survived for gap in gaps] == [True, False]
    assert rung.cause is Cause.METER_IDLE_LIMIT
    assert reader.is_open


def test_a_session_that_cannot_be_opened_again_is_said() -> None:
    run = Run(reads=3)
    reader = run.open()
    run.meter.break_reads = [dlmslite.DeadlineExceeded("late")]
    run.meter.refuse = [dlmslite.TransportError("refused")]

    with pytest.raises(MeterFailed):
        run.run.read_many(reader)


def test_the_quantiles_of_nothing_are_nothing() -> None:
    assert Pace(0, 0).quantile(0.95) == 0.0
