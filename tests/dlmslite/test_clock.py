"""The clock of this machine."""

from __future__ import annotations

from dlmslite.clock import SystemClock


def test_the_clock_of_this_machine_moves_on() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.wait(0.001)
    assert clock.monotonic() > before
