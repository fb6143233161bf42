"""The wait that every worker shares."""

from __future__ import annotations

import threading

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.base import Bell, Clerk, Worker


def test_a_ring_ends_the_wait_before_its_time() -> None:
    bell = Bell(FakeClock())
    waiter = threading.Thread(target=bell.wait, args=(1e9,))
    waiter.start()
    bell.ring()
    waiter.join(30)
    assert not waiter.is_alive()


def test_a_ring_before_the_wait_counts_once() -> None:
    clock = FakeClock()
    bell = Bell(clock)
    bell.ring()
    bell.wait(1e9)
    waiter = threading.Thread(target=bell.wait, args=(5.0,))
    waiter.start()
    waiter.join(0.05)
    assert waiter.is_alive()
    for _ in range(1000):  # it may only just begin to wait
        clock.advance(5.0)
        waiter.join(0.03)
        if not waiter.is_alive():
            break
    assert not waiter.is_alive()


def test_a_clerk_waits_for_its_bell_and_holds_nothing() -> None:
    class Idle(Clerk):
        name = "idle"

        def turn(self, now: float) -> float:
            return now

    clerk: Worker = Idle(FakeClock())
    for end in (clerk.wake, clerk.abort):
        end()
        clerk.wait(1e9)  # over at once: it was woken before
    clerk.watch(0.0)
    clerk.close()
    assert clerk.patience == 30.0
