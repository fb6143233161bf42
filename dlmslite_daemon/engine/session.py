"""One meter's session as its policies see it: opened, used, lost, left.

Everything that happens to the connection becomes an event here, in the order in which it happened.

::

    no sound answer ─┬─ late, before the line's own timeout ──── ask again, with the whole timeout
                     ├─ frames were thrown away ──────────────── ask again, as often as is bearable
                     ├─ the watchdog wants the link set up anew ─ SNRM on the same connection, again
                     └─ otherwise ────────────────────────────── the session is lost
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from attrs import evolve, frozen

from dlmslite_daemon.alarm import Condition
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.engine.opening import open_again, open_session
from dlmslite_daemon.engine.shared import Shared
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.meters.failure import Failure, FailureKind, MeterFailed
from dlmslite_daemon.meters.harvest import Harvest
from dlmslite_daemon.meters.plan import Plan
from dlmslite_daemon.meters.reader import Reader
from dlmslite_daemon.policies.base import (
    YES,
    AssociationFailed,
    AssociationOpened,
    AttemptStarted,
    ConnectFailed,
    Demand,
    Demanded,
    Disconnected,
    Event,
    ExchangeAnswered,
    ExchangeTimedOut,
    Forced,
    FrameDiscarded,
    FrameReceived,
    Occupied,
    Released,
    SessionLost,
    Verdict,
)
from dlmslite_daemon.policies.busy import Busy
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.credentials import CredentialGuard
from dlmslite_daemon.policies.deadline import Deadlines
from dlmslite_daemon.policies.identity import Identity, IdentityRead

STUCK = 3.0  # response timeouts without any traffic: then a try is stuck (faults.md 3)
ASK_AGAIN = 8  # times in one poll; a line that garbles more brings nothing but delay to the others

# What dlms_diagnostics calls a failure; the rest concerns the association.
_CATEGORIES = {FailureKind.UNREACHABLE: "connection", FailureKind.SETTINGS: "settings"}

_log = structlog.get_logger()


@frozen
class Entrance:
    """How a session comes about.

    Attributes:
        reader: Makes the meter's client side; raises ``BridgeError`` when its secret is not there.
        guard: The key of its credential guard; None when it sends no proof.
    """

    reader: Callable[[], Reader]
    guard: str | None


class MeterSession:
    """The session of one meter, open or not.

    Args:
        settings: What the meter is.
        entrance: How it comes about.
        shared: What all lines share.
        tally: Where it is counted.
        learn: Takes what happened.
        look: Gives the policies as they stand.
    """

    def __init__(
        self,
        settings: MeterSettings,
        entrance: Entrance,
        shared: Shared,
        tally: Tally,
        learn: Callable[[Event], None],
        look: Callable[[], Chain],
    ) -> None:
        self._settings = settings
        self._entrance = entrance
        self._shared = shared
        self._tally = tally
        self._learn = learn
        self._look = look
        self._unhurried: set[str] = set()
        self._asked_again = 0
        self._reader: Reader | None = None
        self._busy_since: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it stands."""
        return self._reader is not None and self._reader.is_open

    @property
    def agreed(self) -> str:
        """What was agreed, as text; empty while it does not stand."""
        return self._reader.agreed if self._reader is not None else ""

    @property
    def agreement(self) -> dict[str, Any]:
        """The same, one by one."""
        return self._reader.agreement if self._reader is not None else {}

    @property
    def guard(self) -> CredentialGuard | None:
        """The credential guard as it stands; None when no proof is sent."""
        key = self._entrance.guard
        return None if key is None else self._shared.gates.guard(key)

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """What holds of the credential and deserves an alarm."""
        guard = self.guard
        return () if guard is None else guard.conditions(now)

    def verdict(self, now: float) -> Verdict:
        """What the guard says to another try; a session that stands needs no new proof."""
        guard = self.guard
        return YES if guard is None or self.is_open else guard.may_try(now)

    def force(self, now: float) -> None:
        """Let one proof through, whatever was refused before."""
        if self._entrance.guard is not None:
            self._shared.gates.learn(self._entrance.guard, Forced(), now)

    def harvest(self, plan: Plan) -> Harvest:
        """Open if need be, and read all that the plan asks.

        Raises:
            MeterFailed: It did not come about, or broke; the policies have learnt it.
        """
        self._busy_since = self._shared.clock.monotonic()
        try:
            reader = self._reader
            if reader is None or not reader.is_open:
                reader = self._open()
            return self._read(reader, plan)
        except MeterFailed as error:
            self._write_down(error.failure)
            raise
        finally:
            self._busy_since = None

    def _write_down(self, failure: Failure) -> None:
        """A failed attempt is counted, unless another process has the line: that is no failure."""
        if failure.kind is FailureKind.IN_USE:
            return
        self._tally.failures[failure.code] += 1
        category = _CATEGORIES.get(failure.kind, "association")
        message = f"{failure.code}: {failure.message}"
        self._shared.ledger.event(self._settings.name, "error", category, message)

    # ------------------------------------------------------------------ the pace of its exchanges

    def seconds(self, register: str) -> float:
        """How long the next exchange of a register may take."""
        deadlines = self._look().find(Deadlines)
        if deadlines is None or register in self._unhurried:
            return self._settings.timeout
        return deadlines.seconds(register)

    def answered(self, register: str, seconds: float) -> None:
        """An answer came; the next deadline of its register follows from it."""
        self._tally.count_exchange(seconds)
        self._learn(ExchangeAnswered(register, seconds))
        if self._asked_again and self._reader is not None:
            self._taste(self._reader)
            self._learn(FrameReceived())

    def failed(self, register: str, *, late: bool) -> bool:
        """No sound answer came: do what the watchdog demands; whether to ask again."""
        reader = self._reader
        noisy = reader is not None and self._taste(reader)
        hurried = late and self.seconds(register) < self._settings.timeout
        if late:
            self._learn(ExchangeTimedOut(register))
            self._unhurried.add(register)
        self._asked_again += 1
        if self._asked_again > ASK_AGAIN:
            return False
        demand = self._look().demand(self._shared.clock.monotonic())
        if demand is Demand.RELINK or (demand is Demand.RESYNCHRONISE and not late):
            return self.relink()
        if demand is Demand.RESYNCHRONISE:
            # The library drained what came, and looks for the next sound frame by itself.
            self._learn(Demanded(demand))
            return True
        return demand is Demand.NOTHING and late and (hurried or noisy)

    def relink(self) -> bool:
        """Set the link up again on the same connection.

        Returns:
            Whether the session stands then.
        """
        reader = self._reader
        if reader is None or not reader.is_open:
            return False
        shared, name = self._shared, self._settings.name
        self._tally.count_reassociation(shared.clock.monotonic())
        shared.metrics.reassociations.labels(name).inc()
        try:
            open_again(reader, self._entrance.guard, shared.gates, shared.clock)
        except MeterFailed as error:
            _log.warning("link not set up again", meter=name, reason=error.message)
            return False
        self._learn(Demanded(Demand.RELINK))
        _log.warning("link set up again", meter=name)
        return True

    # ------------------------------------------------------------------ from any thread

    def stuck(self, now: float) -> bool:
        """Whether a try is under way and nothing has moved for too long; from any thread."""
        since, reader = self._busy_since, self._reader
        if since is None or reader is None:
            return False
        return now - max(since, reader.traffic.moved_at) > STUCK * self._settings.timeout

    def leave(self) -> None:
        """Release the association and the line, politely; harmless when none stands."""
        if self._reader is not None and self.is_open:
            self._reader.close()
            self._learn(Released())
            self._learn(Disconnected())

    def abort(self) -> None:
        """Break off what is under way; from any thread."""
        reader = self._reader
        if reader is not None:
            reader.abort()

    def _open(self) -> Reader:
        shared, name = self._shared, self._settings.name
        try:
            reader = self._reader = self._reader or self._entrance.reader()
        except BridgeError as error:
            failure = Failure(FailureKind.SETTINGS, error.code, error.message, error.hint)
            raise MeterFailed(failure) from error
        self._learn(AttemptStarted())
        begun = shared.clock.monotonic()
        try:
            open_session(reader, self._entrance.guard, shared.gates, shared.clock)
        except MeterFailed as error:
            if error.failure.kind is not FailureKind.IN_USE:
                self._taste(reader)
                shared.metrics.connects.labels(name, "failed").inc()
                raise MeterFailed(self._tell(error.failure)) from error
            raise
        now = shared.clock.monotonic()
        self._tally.count_association(now, now - begun)
        shared.metrics.connects.labels(name, "opened").inc()
        self._learn(AssociationOpened())
        _log.info("associated", meter=name)
        self._identify(reader)
        return reader

    def _tell(self, failure: Failure) -> Failure:
        """Teach which event a failed opening is; bad settings touched no wire and are none.

        Returns:
            The failure, seen in the light of what happened before it.
        """
        busy = self._look().find(Busy)
        if failure.unheard and busy and busy.explains_silence(self._shared.clock.monotonic()):
            message = "it accepts connections and is silent: it may still keep the last session"
            failure = evolve(failure, kind=FailureKind.OCCUPIED, message=message)
        if failure.kind is FailureKind.UNREACHABLE:
            self._learn(ConnectFailed(failure.message))
        elif failure.kind is not FailureKind.SETTINGS:
            occupied = failure.kind is FailureKind.OCCUPIED
            self._learn((Occupied if occupied else AssociationFailed)(failure.message))
            self._learn(Disconnected())
        return failure

    def _identify(self, reader: Reader) -> None:
        """See that it is the meter that should stand there; leave another one alone.

        Raises:
            MeterFailed: It is another one, or the session broke.
        """
        identity = self._look().find(Identity)
        if identity is None or not identity.settings.check:
            return
        try:
            told = reader.identity(identity.source)
        except MeterFailed as error:
            self._lost(reader, error)
            raise
        self._learn(IdentityRead(told.serial, told.source))
        identity = self._look().find(Identity)
        if identity is not None and identity.strange:
            self.leave()
            hint = f"dlmslite-bridge meter swap {self._settings.name} if it was exchanged"
            raise MeterFailed(
                Failure(FailureKind.STRANGE, "E-METER-IDENTITY", identity.words, hint)
            )

    def _read(self, reader: Reader, plan: Plan) -> Harvest:
        self._unhurried.clear()
        self._asked_again = 0
        try:
            harvest = reader.poll(plan, self)
        except MeterFailed as error:
            self._lost(reader, error)
            raise
        self._taste(reader)
        self._learn(FrameReceived())
        return harvest

    def _lost(self, reader: Reader, error: MeterFailed) -> None:
        self._taste(reader)
        self._tally.count_reassociation(self._shared.clock.monotonic())
        self._shared.metrics.reassociations.labels(self._settings.name).inc()
        self._learn(SessionLost(error.failure.message))
        self._learn(Disconnected())

    def _taste(self, reader: Reader) -> bool:
        """Teach the policies what the wire was like since the last look; whether it was noisy."""
        traffic, name = reader.traffic.take(), self._settings.name
        self._tally.count_traffic(traffic)
        for kind, octets in traffic.discarded:
            self._tally.protocol_errors[kind] += 1
            self._shared.ledger.event(name, "warning", "hdlc", f"discarded: {kind}", octets)
            self._shared.metrics.protocol_errors.labels(name, kind).inc()
            self._learn(FrameDiscarded(kind, octets))
        return bool(traffic.discarded)
