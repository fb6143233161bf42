"""Both clocks keep what the protocol promises."""

from __future__ import annotations

import threading
import time

import pytest

from dlmslite_daemon.clock import Clock, FakeClock, SystemClock


def test_the_system_clock_is_the_hosts() -> None:
    clock: Clock = SystemClock()
    before = clock.monotonic()
    assert abs(clock.utc_ms() - time.time() * 1000) < 5000
    assert clock.monotonic() >= before


def test_the_system_clock_waits_for_the_event_or_the_time() -> None:
    clock, event = SystemClock(), threading.Event()
    assert not clock.wait(event, 0.001)
    assert not clock.wait(event, -5)
    event.set()
    assert clock.wait(event, 60)


def test_a_fake_clock_moves_only_when_told_to() -> None:
    clock = FakeClock(start=10.0, utc_ms=1000)
    assert (clock.monotonic(), clock.utc_ms()) == (10.0, 1000)
    clock.advance(2.5)
    assert (clock.monotonic(), clock.utc_ms()) == (12.5, 3500)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)


def test_a_jump_of_the_wall_clock_moves_no_timer() -> None:
    clock = FakeClock(start=10.0, utc_ms=5_000_000)
    clock.jump_wall(-3600)
    assert (clock.monotonic(), clock.utc_ms()) == (10.0, 5_000_000 - 3_600_000)


def test_a_waiter_wakes_when_its_time_has_come() -> None:
    clock, over = FakeClock(start=0.0), threading.Event()

    def pass_time() -> None:
        while not over.wait(0.001):
            clock.advance(1)

    passing = threading.Thread(target=pass_time)
    passing.start()
    begun = clock.monotonic()
    came = clock.wait(threading.Event(), 60)
    ended = clock.monotonic()
    over.set()
    passing.join()
    assert not came
    assert ended >= begun + 60


def test_a_waiter_wakes_when_its_event_is_set() -> None:
    clock, event = FakeClock(), threading.Event()
    outcomes: list[bool] = []
    waiter = threading.Thread(target=lambda: outcomes.append(clock.wait(event, 60)))
    waiter.start()
    event.set()
    waiter.join(30)
    assert outcomes == [True]
