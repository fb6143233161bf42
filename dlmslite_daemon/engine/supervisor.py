"""Starts, watches, restarts and stops the threads; owns the only ``while`` of each.

A worker's failure, whatever it is, is written down with its traceback, and a new worker is made
after 1, 2, 4 … 30 s. A turn that lasts beyond its patience has its I/O broken off; if that does not
help, every thread's stack goes into the log and health says that the thread is not alive.

The only place, beside two walls around foreign code, that catches everything.
"""

from __future__ import annotations

import resource
import sys
import threading
import traceback
from collections.abc import Callable

import structlog
from attrs import define

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.base import Worker
from dlmslite_daemon.engine.health import ThreadHealth
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.metrics import Metrics

LOOK_EVERY = 1.0  # seconds between two looks at the threads
RESTART_FIRST, RESTART_LAST = 1.0, 30.0  # seconds before a failed worker is made anew, doubling
RESTARTS_TOLERATED = 5  # then an alarm (faults.md 37)
STEADY = 600.0  # seconds without a failure after which the count begins anew
STOP_POLITELY = 4.0  # seconds that a turn gets to end by itself after SIGTERM
STOP_AT_ALL = 9.0  # seconds until a thread is left behind; SIGTERM ends within 10
STACK_OCTETS = 512 * 1024  # a thousand threads with default stacks want 9 GB of addresses (T7)
DESCRIPTORS = 65_536  # wanted; T11 and T12 say why the usual 1,024 are too few
DESCRIPTORS_LEAST = 256  # below it not even a small fleet can run

_log = structlog.get_logger()

Make = Callable[[], Worker]


@define(eq=False)
class _Post:
    """One worker's place: it stays while workers come and go."""

    name: str
    make: Make
    worker: Worker | None = None
    thread: threading.Thread | None = None
    turn_began: float | None = None
    retired: bool = False
    aborted: bool = False
    dumped: bool = False
    restarts: int = 0
    recent: int = 0
    failed_at: float = float("-inf")
    again_at: float = 0.0
    last_failure: str = ""


class Supervisor:
    """The threads of the daemon.

    Args:
        clock: The daemon's clock.
        alarms: Where trouble is reported.
        metrics: Where restarts are counted.
    """

    def __init__(self, clock: Clock, alarms: AlarmDesk, metrics: Metrics) -> None:
        self._clock = clock
        self._alarms = alarms
        self._metrics = metrics
        self._posts: dict[str, _Post] = {}
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._released_at: float | None = None
        self.stop_asked = threading.Event()

    def start(self, name: str, make: Make) -> None:
        """Start a worker's thread, and keep it running until it is stopped.

        Args:
            name: Unique.
            make: Makes the worker; called again after each failure.
        """
        with self._lock:
            post = self._posts[name] = _Post(name, make)
            self._begin(post)

    def retire(self, name: str) -> None:
        """Stop one worker for good; it ends after its present turn. Does not wait."""
        with self._lock:
            post = self._posts.pop(name, None)
        if post is not None:
            post.retired = True
            if post.worker is not None:
                post.worker.wake()

    def threads(self) -> tuple[ThreadHealth, ...]:
        """How every thread is, by name."""
        now = self._clock.monotonic()
        posts = sorted(self._all(), key=lambda post: post.name)
        return tuple(
            ThreadHealth(
                name=post.name,
                alive=post.thread is not None and post.thread.is_alive() and not post.dumped,
                turn_seconds=0.0 if (began := post.turn_began) is None else max(0.0, now - began),
                restarts=post.restarts,
                last_failure=post.last_failure,
            )
            for post in posts
        )

    def run(self) -> None:
        """Look after the threads until ``stop_asked`` is set."""
        while not self.stop_asked.is_set():
            self.look(self._clock.monotonic())
            self._clock.wait(self.stop_asked, LOOK_EVERY)

    def look(self, now: float) -> None:
        """One look at every thread: dead, stuck, or in need of watching."""
        posts = self._all()
        for post in posts:
            worker = post.worker
            if post.thread is None or not post.thread.is_alive():
                if now >= post.again_at:
                    with self._lock:
                        if not post.retired and not self._stopping.is_set():
                            self._begin(post)
                continue
            self._free(post, now)
            if worker is not None:
                self._watch(post, worker, now)
        failing = [post for post in posts if post.recent > RESTARTS_TOLERATED]
        self._alarms.report("bridge", [self._condition(post) for post in failing])

    def release(self) -> None:
        """Tell every worker to stop after its present turn. Does not wait."""
        if self._released_at is None:
            self._released_at = self._clock.monotonic()
        self._stopping.set()
        for post in self._all():
            if post.worker is not None:
                post.worker.wake()

    def stop(self) -> None:
        """See every worker out, politely, then firmly; within ``STOP_AT_ALL`` of the release."""
        self.release()
        begun = self._released_at or 0.0
        posts = self._all()
        self._join(posts, begun + STOP_POLITELY)
        for post in posts:
            if post.thread is not None and post.thread.is_alive() and post.worker is not None:
                _log.warning("breaking off", thread=post.name)
                post.worker.abort()
        self._join(posts, begun + STOP_AT_ALL)

    # ------------------------------------------------------------------ one thread

    def _all(self) -> tuple[_Post, ...]:
        with self._lock:
            return tuple(self._posts.values())

    def _begin(self, post: _Post) -> None:
        post.worker, post.turn_began, post.aborted, post.dumped = None, None, False, False
        post.thread = threading.Thread(target=self._life, args=(post,), name=post.name, daemon=True)
        post.thread.start()

    def _life(self, post: _Post) -> None:
        """What a thread does: turns and waits, until it fails or is stopped."""
        try:
            worker = post.worker = post.make()
            try:
                while not (self._stopping.is_set() or post.retired):
                    post.turn_began = self._clock.monotonic()
                    seconds = worker.turn(post.turn_began)
                    post.turn_began = None
                    if not (self._stopping.is_set() or post.retired):
                        worker.wait(seconds)
            finally:
                post.turn_began = self._clock.monotonic()
                worker.close()
                post.turn_began = None
        except BaseException as error:  # noqa: BLE001 - the outermost loop: nothing is above it
            self._failed(post, error)

    def _failed(self, post: _Post, error: BaseException) -> None:
        now = self._clock.monotonic()
        post.recent = 1 if now - post.failed_at > STEADY else post.recent + 1
        post.restarts += 1
        post.failed_at = now
        post.again_at = now + min(RESTART_LAST, RESTART_FIRST * 2.0 ** (post.recent - 1))
        post.last_failure = traceback.format_exception_only(error)[-1].strip()
        post.turn_began = None
        self._metrics.thread_restarts.labels(post.name).inc()
        text = "".join(traceback.format_exception(error))
        _log.error("a thread failed", thread=post.name, trace=text)

    def _watch(self, post: _Post, worker: Worker, now: float) -> None:
        try:
            worker.watch(now)
        except Exception as error:  # noqa: BLE001 - one worker's fault must not end the watch
            text = "".join(traceback.format_exception(error))
            _log.error("a watch failed", thread=post.name, trace=text)

    def _free(self, post: _Post, now: float) -> None:
        """Break a stuck turn off; if that does not help, write down where everybody stands."""
        began, worker = post.turn_began, post.worker
        if began is None or worker is None:
            post.aborted = post.dumped = False
            return
        lasted = now - began
        if lasted > worker.patience and not post.aborted:
            post.aborted = True
            _log.warning("a turn is stuck", thread=post.name, seconds=round(lasted))
            worker.abort()
        elif lasted > 2 * worker.patience and not post.dumped:
            post.dumped = True
            _log.error("a thread is stuck", thread=post.name, stacks=stacks())

    def _join(self, posts: tuple[_Post, ...], until: float) -> None:
        for post in posts:
            if post.thread is not None:
                post.thread.join(max(0.0, until - self._clock.monotonic()))

    @staticmethod
    def _condition(post: _Post) -> Condition:
        message = f"the thread '{post.name}' failed {post.recent} times: {post.last_failure}"
        return Condition("thread_failing", message, Severity.CRITICAL, "process")


def prepare_process() -> int:
    """Make room for many threads and connections; call it before the first thread.

    Returns:
        How many descriptors may be open.

    Raises:
        BridgeError: The limit on open descriptors is too low and may not be raised
            (``E-DESCRIPTORS``).
    """
    threading.stack_size(STACK_OCTETS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    if soft < DESCRIPTORS_LEAST:
        raise BridgeError(
            f"only {soft} descriptors may be open, and at least {DESCRIPTORS_LEAST} are needed",
            code="E-DESCRIPTORS",
            hint="ulimit -n 4096, or LimitNOFILE= in the unit",
        )
    return soft


def stacks() -> str:
    """Where every thread stands, as text."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():  # noqa: SLF001 - the only way to see them
        parts.append(f"{names.get(ident, ident)}:\n{''.join(traceback.format_stack(frame)[-6:])}")
    return "\n".join(parts)
