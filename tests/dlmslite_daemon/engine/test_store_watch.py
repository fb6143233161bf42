"""A writer that dies comes back within a second, and an alarm says so for ten minutes."""

from __future__ import annotations

from rig.engine import Bench

from dlmslite_daemon.engine.store_watch import SHOWN, SUBJECT, StoreWatch
from dlmslite_daemon.store.memory import MemoryStore


class Mortal(MemoryStore):
    """A store whose writer dies when a test says so."""

    died = False

    def revive(self) -> bool:
        died, self.died = self.died, False
        return died


def test_a_death_is_an_alarm_that_clears_by_itself() -> None:
    bench = Bench()
    store, alarms = Mortal(bench.clock), bench.shared.alarms
    watch = StoreWatch(store, bench.clock, alarms, bench.shared.metrics)
    now = bench.clock.monotonic()
    watch.watch(now)
    alarms.turn(now)
    assert alarms.active_of(SUBJECT) == 0
    store.died = True
    watch.watch(now + 1)
    alarms.turn(now + 1)
    assert alarms.active_of(SUBJECT) == 1
    watch.watch(now + SHOWN)
    alarms.turn(now + SHOWN)
    assert alarms.active_of(SUBJECT) == 1
    watch.watch(now + SHOWN + 1)
    alarms.turn(now + SHOWN + 1)
    assert alarms.active_of(SUBJECT) == 0


def test_it_waits_until_woken() -> None:
    bench = Bench()
    watch = StoreWatch(bench.store, bench.clock, bench.shared.alarms, bench.shared.metrics)
    assert watch.turn(0.0) > 0
    watch.wake()
    watch.wait(watch.turn(0.0))
    watch.abort()
    watch.wait(watch.turn(0.0))
    watch.close()
