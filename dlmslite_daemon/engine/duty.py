"""One meter's duty: when it is tried, what a try does, and what becomes of it.

::

    slot or retry due → allowed? → open (proof through the guard) → read → convert → store → leave?
                                        │ failed                     │ broke
                                        └──────── policies learn ────┘

It runs on the thread of its line and owns everything about its meter but the wire. Every failure
becomes an event for the policies; the policies alone say when the next try comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.engine.acquaintance import acquainted, identity_notes
from dlmslite_daemon.engine.deposits import Deposits
from dlmslite_daemon.engine.health import Observed
from dlmslite_daemon.engine.pause import Pause
from dlmslite_daemon.engine.portrait import Portrait, Situation
from dlmslite_daemon.engine.schedule import Schedule
from dlmslite_daemon.engine.series import SeriesBook
from dlmslite_daemon.engine.session import Entrance, MeterSession
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed
from dlmslite_daemon.meters.harvest import Harvest
from dlmslite_daemon.meters.line import Line
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.policies.base import (
    YES,
    Action,
    Demand,
    Demanded,
    Disconnected,
    Event,
    Forced,
    Paused,
    PollFinished,
    Probed,
    Resumed,
    Verdict,
)
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.plausibility import ReadingsTaken
from dlmslite_daemon.policies.protocol_errors import OF_THE_WIRE, Overheard, ProtocolErrors
from dlmslite_daemon.policies.silence import Silence
from dlmslite_daemon.reading import Reading
from dlmslite_daemon.store.records import Desired, MeterRecord

SHARE_OF_A_DEAD_METER = 0.05  # of a shared line's time; the others keep the rest (faults.md 17)
IN_USE_RETRY = 5.0  # seconds until a line that another process has is asked for again

_log = structlog.get_logger()


@frozen
class Kit:
    """What makes one meter's duty beside what all share; ``assemble.py`` fills it.

    Attributes:
        entrance: How its session comes about.
        chain: Its policies in their first state.
        schedule: Its slots.
    """

    entrance: Entrance
    chain: Chain
    schedule: Schedule


class Duty:
    """One meter on its line.

    Args:
        record: The meter as the store keeps it.
        line: Its line.
        kit: What ``assemble.py`` made for it.
        shared: What all lines share.
        tell: Lets the other meters of the line hear what happened on the wire.
    """

    def __init__(
        self,
        record: MeterRecord,
        line: Line,
        kit: Kit,
        shared: Shared,
        tell: Callable[[Event], None],
    ) -> None:
        self.record = record
        self._line = line
        self._shared = shared
        self._tell = tell
        self._chain = kit.chain
        self._schedule = kit.schedule
        notebook = shared.store.notebook(record.name)
        self._pause = Pause(record.name, shared.store, shared.clock)
        self._plan = Plan.of(record.settings.series, notebook)
        latest = shared.store.latest(record.name)
        self._series = SeriesBook(record.settings.series, self._plan, latest)
        self._tally = shared.ledger.open(record.name)
        self._session = MeterSession(
            record.settings, kit.entrance, shared, self._tally, self._learn, lambda: self._chain
        )
        self._meet(notebook, latest)
        self._portrait = Portrait(line.endpoint, shared.clock, self._series, self._tally)
        self._deposits = Deposits(shared, self._tally, self._portrait, latest.values())
        self._retrying = False
        self._demoted_until = 0.0
        self._connect_at: float | None = None
        self._show()

    @property
    def name(self) -> str:
        """The meter's name."""
        return self.record.name

    @property
    def slot(self) -> float:
        """When its poll is or was due, s; past slots count from the first that it missed."""
        return self._schedule.due

    # ------------------------------------------------------------------ when

    def next_time(self, now: float) -> float:
        """When it next wants a turn, s; never while it is paused for good."""
        if self.record.desired is Desired.PAUSED:
            return (self._deposits or self._pause).next_time(now)
        if self._connect_at is not None:
            return self._connect_at
        verdict = self._verdict(now)
        if verdict.action is Action.STOP:
            return self._schedule.due
        wanted = now if self._retrying or verdict.action is Action.PROBE else self._schedule.due
        if verdict.action is Action.WAIT:
            wanted = max(wanted, verdict.not_before)
        return max(wanted, self._demoted_until)

    def _verdict(self, now: float) -> Verdict:
        verdict = self._chain.may_try(now)
        if verdict.action is Action.WAIT:
            return verdict
        proof = self._session.verdict(now)
        return verdict if proof == YES else proof

    # ------------------------------------------------------------------ one try

    def turn(self, now: float, *, alone: bool) -> bool:
        """Do what its time has come for.

        Args:
            now: The time, s.
            alone: Whether it has the line to itself.

        Returns:
            Whether the line was used.
        """
        self.settle()
        if self.record.desired is Desired.PAUSED:
            if self._pause.over:
                self.replace(self._pause.end())
            self._show()
            return False
        late = now - self._schedule.due
        self._count_slots(now)
        verdict = self._verdict(now)
        used = verdict.action is Action.PROBE
        if used:
            self._probe()
        elif verdict.action is Action.TRY and self._may_connect(now):
            used = True
            if late >= 0:
                self._shared.metrics.poll_delay_seconds.observe(late)
            self._attempt(now, alone=alone)
        self._obey(self._chain.demand(self._now()))
        self._show()
        return used

    def _may_connect(self, now: float) -> bool:
        """Whether the connect rate leaves room now; otherwise a moment of our own is taken."""
        if self._session.is_open:
            return True
        if self._connect_at is None:
            self._connect_at = self._shared.gates.reserve(now)
        if self._connect_at > now:
            return False
        self._connect_at = None
        return True

    def _attempt(self, now: float, *, alone: bool) -> None:
        try:
            harvest = self._session.harvest(self._plan)
        except MeterFailed as error:
            self._failed(error.failure)
            if not alone:
                took = self._now() - now
                self._demoted_until = self._now() + took / SHARE_OF_A_DEAD_METER
        else:
            self._harvested(harvest)
            settings = self.record.settings
            if not alone or settings.battery or settings.every > settings.release_after:
                self.leave()
        before = self._tally.due
        self._count_slots(self._now())
        self._tally.overruns += self._tally.due - before

    def _probe(self) -> None:
        reached = self._line.reachable()
        self._learn(Probed(reached))
        _log.info("probed", meter=self.name, reached=reached)

    # ------------------------------------------------------------------ what became of it

    def _harvested(self, harvest: Harvest) -> None:
        readings = self._chain.judge(self._series.absorb(harvest, self.name), self._series.obis)
        self._learn(ReadingsTaken(readings, self._series.obis, harvest.drift))
        if readings:
            self._deposits.add(readings)
        self._remember(harvest.plan)
        asked, good = len(harvest.values), len(readings)
        self._tally.count_poll(harvest.seconds, asked, good)
        self._shared.metrics.poll_seconds.observe(harvest.seconds)
        if harvest.drift is not None:
            self._portrait.drift = harvest.drift
        self._retrying = False
        self._learn(PollFinished(asked, good))
        if good == asked and good:
            self._tally.count_complete(self._now())
        self._shared.metrics.polls.labels(self.name, self._portrait.polled(asked, good)).inc()

    def _in_use(self, failure: Failure) -> None:
        """Another process has the line: no failure, only a wait."""
        self._retrying = True
        self._demoted_until = max(self._demoted_until, self._now() + IN_USE_RETRY)
        self._shared.metrics.polls.labels(self.name, "busy").inc()
        if self._portrait.observe(Observed.BUSY, failure.message):
            _log.warning("line in use", meter=self.name, reason=failure.message)

    def _failed(self, failure: Failure) -> None:
        if failure.kind is FailureKind.IN_USE:
            self._in_use(failure)
            return
        # Settings are tried again at the next slot only: no wire was touched.
        self._retrying = failure.kind is not FailureKind.SETTINGS
        self._shared.metrics.polls.labels(self.name, "failed").inc()
        self._portrait.blame(failure.code, failure.message, failure.hint)
        silence = self._chain.find(Silence)
        offline = silence is not None and silence.silent(self._now())
        offline = offline or failure.kind is FailureKind.STRANGE or not self._retrying
        observed = Observed.OFFLINE if offline else Observed.BACKOFF
        if failure.kind is FailureKind.OCCUPIED:
            observed = Observed.BUSY
        self._portrait.observe(observed, failure.message)
        _log.warning("attempt failed", meter=self.name, code=failure.code, reason=failure.message)

    def _meet(self, notebook: Mapping[str, str], latest: Mapping[str, Reading]) -> None:
        self._chain = acquainted(self._chain, notebook, latest, self._series.obis, self._now())
        self._identity = identity_notes(self._chain)

    def _remember(self, plan: Plan) -> None:
        """Keep what a poll taught; a store that cannot take notes must not end the polling."""
        notes, self._plan = plan.notes(self._plan), plan
        if (identity := identity_notes(self._chain)) != self._identity:
            self._identity = identity
            notes |= identity
        if not notes:
            return
        try:
            self._shared.store.note(self.name, notes)
        except BridgeError as error:
            self._portrait.blame(error.code, error.message, error.hint)

    def settle(self, seconds: float = 0.0) -> None:
        """See which batches have been committed; wait so long for each that is not yet."""
        self._deposits.settle(seconds)

    def _obey(self, demand: Demand) -> None:
        if demand is Demand.NOTHING:
            return
        # The library resynchronises and drains by itself.
        if demand is Demand.RELINK and self._session.relink():
            return
        if demand is not Demand.RESYNCHRONISE and self._session.is_open:
            self.leave()
            self._retrying = True
        self._learn(Demanded(demand))
        _log.warning("watchdog", meter=self.name, demand=demand.name.lower())

    # ------------------------------------------------------------------ what operators ask

    def replace(self, record: MeterRecord) -> None:
        """Take a record that differs in what is desired only."""
        before, self.record = self.record.desired, record
        self._pause.look()
        if record.desired is Desired.PAUSED:
            self.leave()
            self.settle()
            self._learn(Paused())
        elif before is Desired.PAUSED:
            self._learn(Resumed())
            self.hope()
            self._schedule = evolve(self._schedule, due=self._now())
            self._portrait.observe(Observed.CONNECTING, "resumed")
        self._show()

    def retune(self, record: MeterRecord, kit: Kit) -> None:
        """Take a record that differs in policies and pace only; what was learnt stays."""
        if record.settings.every != self.record.settings.every:
            self._schedule = kit.schedule
        self.record = record
        self._chain = self._chain.retuned(kit.chain)
        self._show()

    def swapped(self) -> None:
        """An operator confirmed another meter: the notebook says which."""
        self._meet(self._shared.store.notebook(self.name), {})
        self._retrying = True
        self.hope()

    def force(self) -> None:
        """One try now, whatever breaker and guard say."""
        self._learn(Forced())
        self._session.force(self._now())
        self._retrying = True
        self._demoted_until = 0.0
        self.hope()

    def hope(self) -> None:
        """Ask again for what the meter did not have: it may be another one, or set up anew."""
        self._plan = self._plan.hopeful()
        self._series.hopeful()

    def leave(self) -> None:
        """Release the association and the line, politely; harmless when none stands."""
        self._session.leave()
        self._show()

    def rest(self, now: float) -> None:
        """Somebody was on the line until now: the endpoint needs its rest."""
        self._chain = self._chain.learn(Disconnected(), now)

    def overhear(self, event: Event) -> None:
        """Another meter of the line was told something of the wire."""
        self._chain = self._chain.learn(Overheard(event), self._now())

    def join(self, neighbour: Duty) -> None:
        """Hear what a meter that was on the line before knows of the wire."""
        watchdog = neighbour._chain.find(ProtocolErrors)
        for event in watchdog.story() if watchdog is not None else ():
            self.overhear(event)

    # ------------------------------------------------------------------ from any thread

    def abort(self) -> None:
        """Break off what is under way."""
        self._session.abort()

    def needs_freeing(self, now: float) -> bool:
        """Whether its try is stuck."""
        return self._session.stuck(now)

    def wants_new_connection(self, now: float) -> bool:
        """Whether a watchdog wants its connection given up."""
        return self._chain.demand(now) >= Demand.RELINK

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """What holds of it and deserves an alarm."""
        return (*self._chain.conditions(now), *self._session.conditions(now))

    # ------------------------------------------------------------------ small things

    def _now(self) -> float:
        return self._shared.clock.monotonic()

    def _learn(self, event: Event) -> None:
        self._chain = self._chain.learn(event, self._now())
        if isinstance(event, OF_THE_WIRE):
            self._tell(event)

    def _count_slots(self, now: float) -> None:
        self._schedule, slots = self._schedule.passed(now)
        self._tally.count_due(now, slots)

    def _show(self) -> None:
        now = self._now()
        situation = Situation(
            record=self.record,
            chain=self._chain,
            guard=self._session.guard,
            agreed=self._session.agreed,
            agreement=self._session.agreement,
            next_time=self.next_time(now),
        )
        self._shared.board.put_meter(self._portrait.draw(situation))
