"""Starts, watches, restarts and stops the threads; owns the only ``while`` of each.

A worker's failure, whatever it is, is written down with its traceback, and a new worker is made
after 1, 2, 4 … 30 s. A turn that lasts beyond its patience raises an alarm and has its I/O broken
off; if that does not help, every thread's stack goes into the log, the thread is left behind, and
another one with a new worker takes its post. One that is left behind and comes back does no more.

The only place, beside two walls around foreign code, that catches everything.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator

import structlog
from attrs import define, field

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
GRACE = 30.0  # seconds at most that a stuck turn gets after its I/O was broken off
STOP_POLITELY = 4.0  # seconds that a turn gets to end by itself after SIGTERM
STOP_AT_ALL = 9.0  # seconds until a thread is left behind; SIGTERM ends within 10
STACK_OCTETS = 512 * 1024  # a thousand threads with default stacks want 9 GB of addresses (T7)
DESCRIPTORS = 65_536  # wanted; T11 and T12 say why the usual 1,024 are too few
DESCRIPTORS_LEAST = 256  # below it not even a small fleet can run

_log = structlog.get_logger()

Make = Callable[[], Worker]


@define(eq=False)
class _Life:
    """One thread with its worker; left behind when it is stuck for good."""

    worker: Worker | None = None
    thread: threading.Thread | None = None
    turn_began: float | None = None
    aborted: bool = False
    left: bool = False

    @property
    def alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()


@define(eq=False)
class _Post:
    """One worker's place: it stays while workers come and go."""

    name: str
    make: Make
    life: _Life = field(factory=_Life)
    retired: bool = False
    stuck_at: float = float("-inf")
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
        # One worker is made at a time: a thousand threads that all have work keep each other, and
        # the API, waiting for seconds.
        self._entrance = threading.Semaphore()
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

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Threads that are started meanwhile begin their work when this ends, one by one."""
        with self._entrance:
            yield

    def retire(self, name: str) -> None:
        """Stop one worker for good; it ends after its present turn. Does not wait."""
        with self._lock:
            post = self._posts.pop(name, None)
        if post is not None:
            post.retired = True
            if post.life.worker is not None:
                post.life.worker.wake()

    def threads(self) -> tuple[ThreadHealth, ...]:
        """How every thread is, by name."""
        now = self._clock.monotonic()
        posts = sorted(self._all(), key=lambda post: post.name)
        return tuple(
            ThreadHealth(
                name=post.name,
                alive=post.life.alive and not post.life.aborted,
                turn_seconds=(
                    0.0 if (began := post.life.turn_began) is None else max(0.0, now - began)
                ),
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
            if not post.life.alive:
                if now >= post.again_at:
                    self._again(post)
                continue
            self._free(post, now)
            if post.life.worker is not None:
                self._watch(post, post.life.worker, now)
        self._alarms.report("bridge", conditions(posts, now))

    def release(self) -> None:
        """Tell every worker to stop after its present turn. Does not wait."""
        if self._released_at is None:
            self._released_at = self._clock.monotonic()
        self._stopping.set()
        posts = self._all()
        self._entrance.release(len(posts) or 1)
        for post in posts:
            if post.life.worker is not None:
                post.life.worker.wake()

    def stop(self) -> None:
        """See every worker out, politely, then firmly; within ``STOP_AT_ALL`` of the release."""
        self.release()
        begun = self._released_at or 0.0
        posts = self._all()
        self._join(posts, begun + STOP_POLITELY)
        for post in posts:
            if post.life.alive and post.life.worker is not None:
                _log.warning("breaking off", thread=post.name)
                post.life.worker.abort()
        self._join(posts, begun + STOP_AT_ALL)

    # ------------------------------------------------------------------ one thread

    def _all(self) -> tuple[_Post, ...]:
        with self._lock:
            return tuple(self._posts.values())

    def _begin(self, post: _Post) -> None:
        life = post.life = _Life()
        life.thread = threading.Thread(
            target=self._live, args=(post, life), name=post.name, daemon=True
        )
        life.thread.start()

    def _again(self, post: _Post) -> None:
        with self._lock:
            if not post.retired and not self._stopping.is_set():
                self._begin(post)

    def _live(self, post: _Post, life: _Life) -> None:
        """What a thread does: turns and waits, until it fails or is stopped."""

        def over() -> bool:
            return self._stopping.is_set() or post.retired or life.left

        try:
            with self._entrance:
                # Also when it is not wanted any more: what it closes is there already.
                worker = life.worker = post.make()
            try:
                while not over():
                    life.turn_began = self._clock.monotonic()
                    seconds = worker.turn(life.turn_began)
                    life.turn_began = None
                    if not over():
                        worker.wait(seconds)
            finally:
                life.turn_began = self._clock.monotonic()
                # Whoever took the post has what there was to close.
                if life.left:
                    worker.abort()
                else:
                    worker.close()
                life.turn_began = None
        except BaseException as error:  # noqa: BLE001 - the outermost loop: nothing is above it
            if life.left:
                _log.warning("a thread that was left behind ended", thread=post.name)
            else:
                self._failed(post, error)

    def _failed(self, post: _Post, error: BaseException) -> None:
        self._count(post, traceback.format_exception_only(error)[-1].strip())
        post.again_at = post.failed_at + min(RESTART_LAST, RESTART_FIRST * 2.0 ** (post.recent - 1))
        post.life.turn_began = None
        text = "".join(traceback.format_exception(error))
        _log.error("a thread failed", thread=post.name, trace=text)

    def _count(self, post: _Post, reason: str) -> None:
        now = self._clock.monotonic()
        post.recent = 1 if now - post.failed_at > STEADY else post.recent + 1
        post.restarts += 1
        post.failed_at = now
        post.last_failure = reason
        self._metrics.thread_restarts.labels(post.name).inc()

    def _watch(self, post: _Post, worker: Worker, now: float) -> None:
        try:
            worker.watch(now)
        except Exception as error:  # noqa: BLE001 - one worker's fault must not end the watch
            text = "".join(traceback.format_exception(error))
            _log.error("a watch failed", thread=post.name, trace=text)

    def _free(self, post: _Post, now: float) -> None:
        """Break a stuck turn off; if that does not help, give its post to another thread."""
        life = post.life
        began, worker = life.turn_began, life.worker
        if began is None or worker is None:
            life.aborted = False
            return
        lasted = now - began
        if lasted > worker.patience and not life.aborted:
            life.aborted = True
            post.stuck_at = now
            _log.warning("a turn is stuck", thread=post.name, seconds=round(lasted))
            worker.abort()
        elif lasted > worker.patience + min(worker.patience, GRACE):
            post.stuck_at = now
            life.left = True
            self._count(post, f"stuck for {lasted:.0f} s and left behind")
            _log.error("a thread is left behind", thread=post.name, stacks=stacks())
            self._again(post)

    def _join(self, posts: tuple[_Post, ...], until: float) -> None:
        for post in posts:
            if post.life.thread is not None:
                post.life.thread.join(max(0.0, until - self._clock.monotonic()))


def conditions(posts: Iterable[_Post], now: float) -> tuple[Condition, ...]:
    """What holds of threads and deserves an alarm: one that fails again and again, one stuck."""
    words: dict[str, list[str]] = {}
    for post in posts:
        if post.recent > RESTARTS_TOLERATED:
            text = f"the thread '{post.name}' failed {post.recent} times: {post.last_failure}"
            words.setdefault("thread_failing", []).append(text)
        if post.life.aborted or now - post.stuck_at < STEADY:
            text = f"the thread '{post.name}' was stuck in one turn beyond its patience"
            words.setdefault("thread_stuck", []).append(text)
    return tuple(
        Condition(code, "; ".join(texts), Severity.CRITICAL, "process")
        for code, texts in words.items()
    )


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
