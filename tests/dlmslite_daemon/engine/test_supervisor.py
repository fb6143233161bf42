"""Threads: started, watched, restarted, stopped."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.engine import supervisor as module
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.supervisor import (
    DESCRIPTORS_LEAST,
    RESTARTS_TOLERATED,
    Supervisor,
    prepare_process,
    stacks,
)
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.memory import MemoryStore


class FakeWorker:
    """A worker whose turn a test writes."""

    name = "fake"

    def __init__(self, turn: Callable[[FakeWorker], float], patience: float = 60.0) -> None:
        self.patience = patience
        self._turn = turn
        self.turns = 0
        self.watched = 0
        self.aborted = threading.Event()
        self.closed = threading.Event()
        self._bell = threading.Event()

    def turn(self, now: float) -> float:
        self.turns += 1
        return self._turn(self)

    def wait(self, seconds: float) -> None:
        self._bell.wait(min(seconds, 0.02))

    def wake(self) -> None:
        self._bell.set()

    def abort(self) -> None:
        self.aborted.set()

    def watch(self, now: float) -> None:
        self.watched += 1
        if self.watched == 2:
            raise RuntimeError("a fault in a watch")

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    monkeypatch.setattr(module, "RESTART_FIRST", 0.01)
    monkeypatch.setattr(module, "RESTART_LAST", 0.02)
    clock = SystemClock()
    return Supervisor(clock, AlarmDesk(MemoryStore(clock), clock, Metrics()), Metrics())


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < until, "it did not come to pass within 30 s"
        time.sleep(0.005)


def again(supervisor: Supervisor, condition: Callable[[], object]) -> None:
    """Look after the threads until one that ended was started again."""

    def looked() -> object:
        supervisor.look(time.monotonic())
        return condition()

    eventually(looked)


def test_a_worker_turns_until_it_is_retired_and_is_closed_on_its_thread(
    supervisor: Supervisor,
) -> None:
    worker = FakeWorker(lambda _: 0.001)
    supervisor.start("one", lambda: worker)
    eventually(lambda: worker.turns > 3)
    (thread,) = supervisor.threads()
    assert (thread.name, thread.alive, thread.restarts) == ("one", True, 0)
    supervisor.retire("one")
    assert worker.closed.wait(30)
    assert supervisor.threads() == ()
    supervisor.retire("one")


def test_37_a_worker_that_raises_is_made_anew_and_after_five_times_it_is_an_alarm(
    supervisor: Supervisor,
) -> None:
    made: list[FakeWorker] = []

    def fail(_: FakeWorker) -> float:
        raise SystemExit("whatever, even this")

    def make() -> FakeWorker:
        made.append(FakeWorker(fail))
        return made[-1]

    supervisor.start("bad", make)
    good = FakeWorker(lambda _: 0.001)
    supervisor.start("good", lambda: good)
    for wanted in range(1, RESTARTS_TOLERATED + 3):
        eventually(lambda wanted=wanted: len(made) >= wanted and made[-1].closed.is_set())
        eventually(lambda wanted=wanted: supervisor.threads()[0].restarts >= wanted)
        again(supervisor, lambda wanted=wanted: len(made) > wanted)
    desk = supervisor._alarms
    desk.turn(0.0)
    assert desk.active_of("bridge") == 1
    bad, fine = supervisor.threads()
    assert "whatever, even this" in bad.last_failure
    assert (fine.restarts, fine.alive) == (0, True)
    supervisor.stop()


def test_a_worker_that_cannot_be_made_is_tried_again(supervisor: Supervisor) -> None:
    worker = FakeWorker(lambda _: 0.001)
    tries = iter([True, False])

    def make() -> FakeWorker:
        if next(tries):
            raise BridgeError("not yet")
        return worker

    supervisor.start("late", make)
    eventually(lambda: supervisor.threads()[0].restarts == 1)
    again(supervisor, lambda: worker.turns)
    supervisor.stop()


def test_38_a_stuck_turn_is_broken_off_alarmed_and_its_post_given_to_another_thread(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hang(_: FakeWorker) -> float:
        release.wait(60)
        return 1.0

    stuck = FakeWorker(hang, patience=10.0)
    next_one = FakeWorker(lambda _: 1.0, patience=10.0)
    workers = iter((stuck, next_one))
    said: list[Any] = []

    def keep(_logger: object, _method: str, event: Any) -> str:
        said.append(event)
        raise structlog.DropEvent

    monkeypatch.setattr(module, "_log", structlog.wrap_logger(None, processors=[keep]))
    supervisor.start("stuck", lambda: next(workers))
    eventually(lambda: stuck.turns)
    now = time.monotonic()

    def alarms(at: float) -> list[str]:
        return [c.code for c in module.conditions(supervisor._posts.values(), at)]

    supervisor.look(now + 5.0)
    assert not stuck.aborted.is_set()
    assert alarms(now + 5.0) == []
    supervisor.look(now + 11.0)
    assert stuck.aborted.is_set()
    assert alarms(now + 11.0) == ["thread_stuck"]
    assert not supervisor.threads()[0].alive
    assert next_one.turns == 0

    supervisor.look(now + 21.0)
    eventually(lambda: next_one.turns)
    (health,) = supervisor.threads()
    assert (health.alive, health.restarts) == (True, 1)
    assert "left behind" in health.last_failure
    assert "release.wait" in said[-1]["stacks"]  # everybody's stack is in the log

    # The one that was left behind does no more, and closes nothing that is another's by now.
    stuck.aborted.clear()
    release.set()
    assert stuck.aborted.wait(10)
    assert stuck.turns == 1
    assert not stuck.closed.is_set()
    supervisor.look(now + 22.0)
    assert alarms(now + 22.0) == ["thread_stuck"]
    assert alarms(now + 21.0 + module.STEADY) == []
    supervisor.stop()
    assert next_one.closed.is_set()


def test_a_turn_that_comes_back_after_its_io_was_broken_off_keeps_its_thread(
    supervisor: Supervisor,
) -> None:
    worker = FakeWorker(lambda w: 1.0 if w.turns > 1 else float(w.aborted.wait(10)), patience=10.0)
    supervisor.start("slow", lambda: worker)
    eventually(lambda: worker.turns)
    supervisor.look(time.monotonic() + 11.0)
    eventually(lambda: worker.turns > 1)
    supervisor.look(time.monotonic())
    assert supervisor.threads()[0].restarts == 0
    supervisor.stop()
    assert worker.closed.is_set()


def test_a_fault_in_a_watch_ends_nothing(supervisor: Supervisor) -> None:
    worker = FakeWorker(lambda _: 0.001)
    supervisor.start("one", lambda: worker)
    eventually(lambda: worker.turns)
    for _ in range(3):
        supervisor.look(time.monotonic())
    assert worker.watched == 3
    supervisor.stop()


def test_36_the_stop_is_polite_first_then_firm_and_never_waits_for_ever(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_POLITELY", 1.0)
    monkeypatch.setattr(module, "STOP_AT_ALL", 2.0)
    polite = FakeWorker(lambda _: 100.0)
    stubborn = FakeWorker(lambda worker: float(worker.aborted.wait(60)))
    deaf = FakeWorker(lambda worker: float(worker.closed.wait(60)))
    for name, worker in (("polite", polite), ("stubborn", stubborn), ("deaf", deaf)):
        supervisor.start(name, lambda worker=worker: worker)
        eventually(lambda worker=worker: worker.turns)
    begun = time.monotonic()
    supervisor.stop_asked.set()
    supervisor.run()
    supervisor.stop()
    assert time.monotonic() - begun < 20.0
    assert polite.closed.is_set()
    assert not polite.aborted.is_set()
    assert stubborn.closed.wait(10)
    deaf.closed.set()


def test_descriptors_are_raised_or_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"now": (100, 100)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.update(now=wanted))
    monkeypatch.setattr(threading, "stack_size", lambda _: 0)
    with pytest.raises(BridgeError) as raised:
        prepare_process()
    assert raised.value.code == "E-DESCRIPTORS"
    limits["now"] = (1024, 8192)
    assert prepare_process() == 8192
    limits["now"] = (1024, resource.RLIM_INFINITY)
    assert prepare_process() > DESCRIPTORS_LEAST


def test_stacks_show_every_thread() -> None:
    assert "test_stacks_show_every_thread" in stacks()


def test_workers_are_made_one_at_a_time(supervisor: Supervisor) -> None:
    making, most = [0], [0]

    def make() -> FakeWorker:
        making[0] += 1
        most[0] = max(most[0], making[0])
        time.sleep(0.005)
        making[0] -= 1
        return FakeWorker(lambda _: 1.0)

    with supervisor.held():
        for number in range(8):
            supervisor.start(f"made {number}", make)
    eventually(lambda: all(post.life.worker for post in supervisor._all()))
    assert most == [1]
    supervisor.stop()


def test_threads_that_are_held_begin_afterwards(supervisor: Supervisor) -> None:
    workers = [FakeWorker(lambda _: 1.0) for _ in range(3)]
    with supervisor.held():
        for number, worker in enumerate(workers):
            supervisor.start(f"held {number}", iter((worker,)).__next__)
        time.sleep(0.02)
        assert [worker.turns for worker in workers] == [0, 0, 0]
        assert all(thread.alive for thread in supervisor.threads())
    eventually(lambda: all(worker.turns for worker in workers))
    supervisor.stop()


def test_a_stop_while_threads_are_held_lets_them_go(supervisor: Supervisor) -> None:
    worker = FakeWorker(lambda _: 1.0)
    with supervisor.held():
        supervisor.start("held", lambda: worker)
        supervisor.stop()
    assert not supervisor.threads()[0].alive
    assert worker.turns == 0
