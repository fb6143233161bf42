"""How one meter is seen: its observed state with the reason, and all that health shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.acquaintance import serial_of
from dlmslite_daemon.engine.health import Fault, MeterHealth, Observed
from dlmslite_daemon.engine.series import SeriesBook
from dlmslite_daemon.engine.tally import Tally
from dlmslite_daemon.policies.breaker import Breaker, BreakerState
from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.credentials import CredentialGuard
from dlmslite_daemon.policies.deadline import Deadlines
from dlmslite_daemon.store.records import Desired, MeterRecord


@frozen
class Situation:
    """Where a meter stands at this moment.

    Attributes:
        record: The meter as the store keeps it.
        chain: Its policies.
        guard: Its credential guard; None when it sends no proof.
        agreed: What its association agreed; empty while none is open.
        next_time: When its next turn is due, s; infinite when none will come.
        agreement: What was agreed, one by one.
    """

    record: MeterRecord
    chain: Chain
    guard: CredentialGuard | None
    agreed: str
    next_time: float
    agreement: Mapping[str, Any] = field(factory=dict)


class Portrait:
    """What is remembered of how a meter was seen.

    Attributes:
        fault: What went wrong last.
        drift: The meter's clock minus the host's, s; None while unknown.
        last_reading_ms: When the newest reading was measured, ms UTC.

    Args:
        line: The endpoint.
        clock: The daemon's clock.
        series: Its series.
        tally: Its counts.
    """

    def __init__(self, line: str, clock: Clock, series: SeriesBook, tally: Tally) -> None:
        self.fault: Fault | None = None
        self.drift: float | None = None
        self.last_reading_ms: int | None = None
        self._line = line
        self._clock = clock
        self._series = series
        self._tally = tally
        self._began = clock.monotonic()
        self._polled = Observed.CONNECTING
        self._reason = "no poll yet"
        self._shown = Observed.CONNECTING
        self._since_ms = clock.utc_ms()

    def observe(self, observed: Observed, reason: str) -> bool:
        """What the last poll, or an operator, made of it; whether that is news."""
        news = (observed, reason) != (self._polled, self._reason)
        self._polled = observed
        self._reason = reason
        return news

    def polled(self, asked: int, good: int) -> str:
        """What a poll brought.

        Returns:
            Its result in one word: ``complete``, ``partial`` or ``empty``.
        """
        if good == asked and good:
            self.observe(Observed.ONLINE, "the last poll was complete")
            return "complete"
        if good:
            self.observe(Observed.DEGRADED, f"{good} of {asked} values came")
            return "partial"
        self.observe(Observed.OFFLINE, "no value came" if asked else "nothing is to be read")
        return "empty"

    def blame(self, code: str, message: str, hint: str = "") -> None:
        """Something went wrong just now."""
        self.fault = Fault(code, message, hint, self._clock.utc_ms())

    def draw(self, situation: Situation) -> MeterHealth:
        """All that health shows of it."""
        now, utc_ms = self._clock.monotonic(), self._clock.utc_ms()
        tally, breaker = self._tally, situation.chain.find(Breaker)
        deadlines = situation.chain.find(Deadlines)
        lost_hour, lost_day = tally.lost(now)
        observed, reason = self._judge(situation, breaker)
        if observed is not self._shown:
            self._shown, self._since_ms = observed, utc_ms

        def at(moment: float | None) -> int | None:
            if moment is None or moment == float("inf"):
                return None
            return utc_ms + round(max(0.0, moment - now) * 1000)

        return MeterHealth(
            id=situation.record.id,
            name=situation.record.name,
            line=self._line,
            desired=situation.record.desired,
            observed=observed,
            reason=reason,
            since_ms=self._since_ms,
            associated=bool(situation.agreed),
            association=situation.agreed,
            agreement=situation.agreement,
            session_since_ms=self._session_since(situation, now, utc_ms),
            last_reading_ms=self.last_reading_ms,
            next_attempt_ms=at(situation.next_time),
            polls_due=tally.due,
            polls_complete=tally.complete,
            success_1h=tally.success(now),
            overruns=tally.overruns,
            readings=tally.readings,
            reads_failed=tally.reads_failed,
            connects=tally.connects,
            associations_24h=tally.associations(now),
            opening_seconds=tally.opening_seconds,
            serial=serial_of(situation.chain),
            reassociations=tally.reassociations,
            reassociations_1h=lost_hour,
            reassociations_24h=lost_day,
            breaker_failures=breaker.count(now) if breaker is not None else 0,
            breaker_until_ms=at(breaker.next_probe) if breaker is not None else None,
            protocol_errors=dict(tally.protocol_errors),
            deadlines=deadlines.registers if deadlines is not None else {},
            latency=tally.latency(),
            drift_seconds=self.drift,
            last_fault=self.fault,
            runtime_seconds=now - self._began,
            series=self._series.view(),
            chain=situation.chain,
            guard=situation.guard,
        )

    def _session_since(self, situation: Situation, now: float, utc_ms: int) -> int | None:
        opened = self._tally.opened_at
        if not situation.agreed or opened is None:
            return None
        return utc_ms - round((now - opened) * 1000)

    def _judge(self, situation: Situation, breaker: Breaker | None) -> tuple[Observed, str]:
        if situation.record.desired is Desired.PAUSED:
            return Observed.PAUSED, "an operator paused it"
        guard = situation.guard
        if guard is not None and guard.closed:
            return Observed.AUTH_ERROR, f"the credential was refused ({guard.diagnostic})"
        if breaker is not None and breaker.state is not BreakerState.CLOSED:
            return Observed.BREAKER_OPEN, breaker.reason
        return self._polled, self._reason
