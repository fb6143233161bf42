"""A pause ends by itself at the time that was said, or never."""

from __future__ import annotations

import pytest
from rig.engine import Bench

from dlmslite_daemon.engine.pause import NEVER, PAUSED_UNTIL, Pause
from dlmslite_daemon.store.records import Desired


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.add("kitchen", paused=True)
    return bench


def test_a_pause_for_good_never_ends(bench: Bench) -> None:
    pause = Pause("kitchen", bench.store, bench.clock)
    bench.clock.advance(1e6)
    assert not pause.over
    assert pause.next_time(5.0) == NEVER


def test_a_pause_until_a_time_is_over_then_and_ends_for_good(bench: Bench) -> None:
    pause = Pause("kitchen", bench.store, bench.clock)
    bench.store.note("kitchen", {PAUSED_UNTIL: str(bench.clock.utc_ms() + 60_000)})
    pause.look()
    now = bench.clock.monotonic()
    assert pause.next_time(now) == pytest.approx(now + 60.0, abs=0.01)
    assert not pause.over
    bench.clock.advance(60.01)
    assert pause.over
    assert pause.end().desired is Desired.RUNNING
    pause.look()
    assert not pause.over
    assert PAUSED_UNTIL not in bench.store.notebook("kitchen")
