"""One thread for each line: whose turn is it, let it have its try, hear what operators ask.

Nothing else ever opens the line. What others want of it (another set of meters, a forced try, a
trial) waits in a box and is done here, between polls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import structlog
from attrs import evolve

from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.base import Bell
from dlmslite_daemon.engine.duty import Duty, Kit
from dlmslite_daemon.engine.health import Fault, MeterHealth, Observed
from dlmslite_daemon.engine.pause import NEVER
from dlmslite_daemon.engine.schedule import fairest
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.policies.base import Event
from dlmslite_daemon.store.records import Desired, MeterRecord

IDLE = 60.0  # seconds between turns when nothing is due; a bell ends it
LAST_COMMIT = 1.0  # seconds that the end waits for what was read last
PATIENCE = 600.0  # seconds: a poll of many registers on a slow line takes minutes

PACE = ("policies", "every", "release_after")  # settings that a session does not notice

_log = structlog.get_logger()

T = TypeVar("T")
MakeKit = Callable[[MeterRecord], Kit]


class Poller:
    """A worker that owns one line.

    Attributes:
        name: ``line`` and its endpoint.

    Args:
        line: The line.
        shared: What all lines share.
        make_kit: What makes the kit of a meter.
    """

    patience = PATIENCE

    def __init__(self, line: Line, shared: Shared, make_kit: MakeKit) -> None:
        self.name = f"line {line.endpoint}"
        self._line = line
        self._shared = shared
        self._make_kit = make_kit
        self._bell = Bell(shared.clock)
        self._duties: dict[str, Duty] = {}
        self._box: deque[Callable[[], None]] = deque()
        self._wanted: tuple[MeterRecord, ...] | None = None
        self._asked: deque[Future[Any]] = deque()
        self._visitor: Callable[[], None] | None = None  # breaks off a trial under way

    # ------------------------------------------------------------------ asked from any thread

    def assign(self, records: Sequence[MeterRecord]) -> None:
        """From the next turn on, these are the meters of the line; others notice nothing."""
        self._wanted = tuple(records)
        self._bell.ring()

    def force(self, name: str) -> None:
        """One try of a meter, whatever its policies say."""
        self._tell(name, Duty.force)

    def restart(self, name: str) -> None:
        """Leave a meter politely and meet it again at once, as a pause and a resume would."""

        def again(duty: Duty) -> None:
            duty.replace(evolve(duty.record, desired=Desired.PAUSED))
            duty.replace(evolve(duty.record, desired=Desired.RUNNING))

        self._tell(name, again)

    def swapped(self, name: str) -> None:
        """An operator confirmed that another meter stands there now."""
        self._tell(name, Duty.swapped)

    def retune(self) -> None:
        """The settings of policies changed: take them, and keep what was learnt."""

        def apply() -> None:
            for duty in self._duties.values():
                duty.retune(duty.record, self._make_kit(duty.record))

        self._post(apply)

    def _tell(self, name: str, what: Callable[[Duty], None]) -> None:
        def apply() -> None:
            if name in self._duties:
                what(self._duties[name])

        self._post(apply)

    def ask(self, work: Callable[[Line], T], abort: Callable[[], None]) -> Future[T]:
        """Do some work on the line between two polls, with the line free.

        Args:
            work: What to do; it leaves the line as it found it.
            abort: Breaks the work off; called from any thread.
        """
        future: Future[T] = Future()
        self._asked.append(future)

        def apply() -> None:
            self._asked.remove(future)
            if not future.set_running_or_notify_cancel():
                return
            self._visitor = abort
            try:
                for duty in self._duties.values():
                    duty.leave()
                future.set_result(work(self._line))
            except BridgeError as error:
                future.set_exception(error)
            finally:
                self._visitor = None
                self._rest()

        self._post(apply)
        return future

    def wake(self) -> None:
        """End the wait."""
        self._bell.ring()

    def abort(self) -> None:
        """Break off whatever the turn is blocked in."""
        self._bell.ring()
        visitor = self._visitor
        if visitor is not None:
            visitor()
        for duty in list(self._duties.values()):
            duty.abort()

    def watch(self, now: float) -> None:
        """Report what holds; break a silent meter's try off. On the supervisor's thread."""
        for duty in list(self._duties.values()):
            self._shared.alarms.report(duty.name, duty.conditions(now))
            if duty.needs_freeing(now):
                duty.abort()
            elif duty.wants_new_connection(now):
                self._bell.ring()  # the line's own thread obeys at its next turn

    # ------------------------------------------------------------------ on the line's thread

    def turn(self, now: float) -> float:
        """Do what was asked, then let the meter that waited longest have its try."""
        self._take_assignment()
        while self._box:
            self._box.popleft()()
            now = self._shared.clock.monotonic()  # a trial or a climb takes seconds
        waits = {name: duty.next_time(now) for name, duty in self._duties.items()}
        ready = [name for name, moment in waits.items() if moment <= now]
        name = fairest((name, self._duties[name].slot) for name in ready)
        if name is not None:
            others = self._others(name)
            if self._duties[name].turn(now, alone=not others) and others:
                self._rest()
            now = self._shared.clock.monotonic()
            waits = {name: duty.next_time(now) for name, duty in self._duties.items()}
        self._let_others()
        soonest = min(waits.values(), default=NEVER)
        return min(IDLE, max(0.0, soonest - now))

    def wait(self, seconds: float) -> None:
        """Wait that long, or until asked."""
        self._bell.wait(seconds)

    def close(self) -> None:
        """Release every association and the line; what was asked and not begun is refused."""
        self._take_assignment()
        for future in self._asked:
            future.cancel()
        for duty in self._duties.values():
            duty.leave()
        self._line.unclaim()
        # What was read last counts too.
        self._shared.store.flush()
        for duty in self._duties.values():
            duty.settle(LAST_COMMIT)

    def _rest(self) -> None:
        """The line was left: all are ready again at one moment, and then their slots decide."""
        now = self._shared.clock.monotonic()
        for duty in self._duties.values():
            duty.rest(now)

    def _let_others(self) -> None:
        """While every meter is paused, the line is free for whoever else wants to talk."""
        if all(duty.record.desired is Desired.PAUSED for duty in self._duties.values()):
            self._line.unclaim()

    def _post(self, apply: Callable[[], None]) -> None:
        self._box.append(apply)
        self._bell.ring()

    def _take_assignment(self) -> None:
        records, self._wanted = self._wanted, None
        if records is not None:
            self._assign(records)

    def _assign(self, records: Sequence[MeterRecord]) -> None:
        wanted = {record.name: record for record in records}
        for name in self._duties.keys() - wanted.keys():
            self._duties.pop(name).leave()
            self._shared.alarms.forget(name)
            self._shared.metrics.forget_meter(name)
            self._shared.board.drop_meter(name, self._line.endpoint)
        for name, record in wanted.items():
            self._place(record, self._duties.get(name))
        if len(self._duties) > 1:
            for duty in self._duties.values():
                duty.leave()

    def _place(self, record: MeterRecord, duty: Duty | None) -> None:
        """Give a meter its duty, or its duty what changed; a bad one stops only itself."""
        try:
            if duty is not None and same_wire(duty.record.settings, record.settings):
                if duty.record.settings != record.settings:
                    duty.retune(evolve(record, desired=duty.record.desired), self._make_kit(record))
                # A pause may have got another end.
                if Desired.PAUSED in {duty.record.desired, record.desired}:
                    duty.replace(record)
                return
            tell = partial(self._spread, record.name)
            fresh = Duty(record, self._line, self._make_kit(record), self._shared, tell)
        except BridgeError as error:
            fault = Fault(error.code, error.message, error.hint, self._shared.clock.utc_ms())
            state = MeterHealth(record.id, record.name, self._line.endpoint, record.desired)
            self._shared.board.put_meter(
                evolve(state, observed=Observed.OFFLINE, reason=error.message, last_fault=fault)
            )
            _log.error("meter not started", meter=record.name, code=error.code)
            return
        if duty is not None:
            duty.leave()
            fresh.hope()
        self._duties[record.name] = fresh
        for neighbour in self._others(record.name)[:1]:
            fresh.join(neighbour)

    def _spread(self, name: str, event: Event) -> None:
        """The wire is the line's: what happens on it to one meter, all others hear of."""
        for other in self._others(name):
            other.overhear(event)

    def _others(self, name: str) -> list[Duty]:
        return [duty for other, duty in self._duties.items() if other != name]


def same_wire(one: MeterSettings, other: MeterSettings) -> bool:
    """Whether two settings differ in nothing that an open session would notice."""
    return evolve(one, **{name: getattr(other, name) for name in PACE}) == other
