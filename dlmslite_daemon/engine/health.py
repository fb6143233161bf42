"""The states of threads, meters and sinks, as they are shown: frozen values.

Nothing here is computed from log lines, and nothing is guessed: what is not known is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.policies.chain import Chain
from dlmslite_daemon.policies.credentials import CredentialGuard
from dlmslite_daemon.store.records import Desired


class Observed(StrEnum):
    """What is seen of a meter; what is wanted of it is ``Desired``."""

    CONNECTING = "connecting"
    """No poll has ended yet since the start, a resume or a change."""
    ONLINE = "online"
    """The last poll brought every value."""
    DEGRADED = "degraded"
    """The last poll brought some values, or the one before failed and a retry is due."""
    OFFLINE = "offline"
    """It does not answer although it was tried at the normal pace."""
    BACKOFF = "backoff"
    """An attempt failed; the next waits."""
    BREAKER_OPEN = "breaker-open"
    """Too many failures in an hour; a probe comes at the time shown."""
    AUTH_ERROR = "auth-error"
    """It refused the credentials; nothing is sent until they change or an operator forces a try."""
    BUSY = "busy"
    """Somebody else holds it."""
    PAUSED = "paused"
    """An operator paused it; its line is released."""


class SeriesState(StrEnum):
    """What the last poll said of one series."""

    WAITING = "waiting"
    GOOD = "good"
    FAILED = "failed"
    UNDEFINED = "undefined"
    """The meter has no such object; it is not asked again until the meter changes."""
    DISABLED = "disabled"


class Overall(IntEnum):
    """The verdict; its number is the exit code of ``health``."""

    OK = 0
    DEGRADED = 1
    FAILED = 2


@frozen
class Fault:
    """What went wrong last.

    Attributes:
        code: A stable code, such as ``E-LINE-REFUSED``.
        message: What happened and why.
        hint: The next step; empty when there is none.
        at_ms: When, ms UTC.
    """

    code: str
    message: str
    hint: str = ""
    at_ms: int = 0


@frozen
class Latency:
    """How long some exchanges took.

    Attributes:
        p50: Median, s.
        p95: s.
        p99: s.
    """

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, durations: Iterable[float]) -> Latency | None:
        """Of these durations, s; None without any."""
        ordered = sorted(durations)
        last = len(ordered) - 1
        if last < 0:
            return None
        return cls(*(ordered[round(last * share)] for share in (0.5, 0.95, 0.99)))


@frozen
class SeriesHealth:
    """One series of a meter.

    Attributes:
        key: Its key in payloads.
        obis: Its logical name.
        unit: Its unit; empty when it has none or none is known yet.
        state: What the last poll said of it.
        value: Its last value as exact text; None before the first.
        ts_ms: When that was measured, ms UTC.
        error: Why the last read failed; empty when it did not.
        asked: How often it was read since the start.
        good: How often a value came.
        durations: How long the recent exchanges took that read it, s.
    """

    key: str
    obis: str
    unit: str = ""
    state: SeriesState = SeriesState.WAITING
    value: str | None = None
    ts_ms: int | None = None
    error: str = ""
    asked: int = 0
    good: int = 0
    durations: tuple[float, ...] = field(default=(), repr=False)


@frozen
class MeterHealth:
    """One meter as its line's thread sees it.

    Attributes:
        id: Its number in the store.
        name: Its name.
        line: Its endpoint; meters of one endpoint share a line.
        desired: What the operator wants.
        observed: What is seen.
        reason: Why it is seen so, in a few words.
        since_ms: Since when, ms UTC.
        associated: Whether an association is open now.
        association: What was agreed, as text: conformance, PDU size; empty when none is open.
        agreement: The same, one by one.
        session_since_ms: Since when the association is open, ms UTC; None when none is.
        last_reading_ms: When the newest reading was measured, ms UTC; None before the first.
        next_attempt_ms: When the next poll or probe is due, ms UTC; None when none will come.
        polls_due: Polls that were due while running, since the start.
        polls_complete: Those that brought every value.
        success_1h: Complete of due in the last hour, 0 to 1; None without any.
        overruns: Slots that passed while a poll was under way.
        readings: Readings committed since the start.
        reads_failed: Values asked for that did not come.
        connects: Connections made.
        associations_24h: Associations opened in the last 24 hours.
        opening_seconds: What connecting and associating took last, s; None before the first.
        serial: Who it is; empty while it told nobody.
        reassociations: Unplanned re-associations: sessions that were lost in use.
        reassociations_1h: Those of the last hour.
        reassociations_24h: Those of the last 24 hours.
        breaker_failures: What the breaker counts now.
        breaker_until_ms: When the open breaker allows its probe, ms UTC; None while it is closed.
        protocol_errors: Discarded frames by kind.
        deadlines: How long the next exchange of each register may take, s; the line's response
            timeout until it has answered once.
        latency: Of the recent polls; None before the first.
        drift_seconds: The meter's clock minus the host's; None while unknown.
        last_fault: What went wrong last; None if nothing did.
        runtime_seconds: How long it has been polled, since the start.
        series: Its series.
        chain: Its policies; whoever asks looks at them then.
        guard: Its credential guard; None when it sends no proof.
    """

    id: int
    name: str
    line: str
    desired: Desired
    observed: Observed = Observed.CONNECTING
    reason: str = ""
    since_ms: int = 0
    associated: bool = False
    association: str = ""
    agreement: Mapping[str, Any] = field(factory=dict)
    session_since_ms: int | None = None
    last_reading_ms: int | None = None
    next_attempt_ms: int | None = None
    polls_due: int = 0
    polls_complete: int = 0
    success_1h: float | None = None
    overruns: int = 0
    readings: int = 0
    reads_failed: int = 0
    connects: int = 0
    associations_24h: int = 0
    opening_seconds: float | None = None
    serial: str = ""
    reassociations: int = 0
    reassociations_1h: int = 0
    reassociations_24h: int = 0
    breaker_failures: int = 0
    breaker_until_ms: int | None = None
    protocol_errors: Mapping[str, int] = field(factory=dict)
    deadlines: Mapping[str, float] = field(factory=dict)
    latency: Latency | None = None
    drift_seconds: float | None = None
    last_fault: Fault | None = None
    runtime_seconds: float = 0.0
    series: tuple[SeriesHealth, ...] = ()
    chain: Chain | None = field(default=None, repr=False, eq=False)
    guard: CredentialGuard | None = field(default=None, repr=False, eq=False)


@frozen
class SinkHealth:
    """One sink as its forwarder sees it.

    Attributes:
        name: Its name.
        kind: ``mqtt``, ``thingsboard`` …
        enabled: Whether it is delivered to.
        connected: Whether the broker accepts us now.
        protocol: The agreed MQTT version; empty while not connected.
        sent, acknowledged: Messages handed to the broker since the start; those it acknowledged.
        readings_sent: Readings handed to the broker, by meter; those sent again count again.
        readings_acknowledged: Readings in acknowledged messages, by meter.
        refused: Messages that went to dead letters.
        in_flight: Messages that wait for their PUBACK.
        pending_live, pending_history: Readings not acknowledged; None while the store cannot say.
        disconnections: Connections that were lost.
        next_attempt_ms: When the next connect is due, ms UTC; None while connected.
        last_puback_ms: When the newest PUBACK came, ms UTC; None before the first.
        unheard: Whether the newest PUBACK says that nobody subscribes (MQTT 5, reason 16).
        last_fault: What went wrong last; None if nothing did.
    """

    name: str
    kind: str
    enabled: bool = True
    connected: bool = False
    protocol: str = ""
    sent: int = 0
    acknowledged: int = 0
    readings_sent: Mapping[str, int] = field(factory=dict)
    readings_acknowledged: Mapping[str, int] = field(factory=dict)
    refused: int = 0
    in_flight: int = 0
    pending_live: int | None = None
    pending_history: int | None = None
    disconnections: int = 0
    next_attempt_ms: int | None = None
    last_puback_ms: int | None = None
    unheard: bool = False
    last_fault: Fault | None = None

    @property
    def pending(self) -> int | None:
        """Readings of both lanes that are not acknowledged."""
        if self.pending_live is None or self.pending_history is None:
            return None
        return self.pending_live + self.pending_history


@frozen
class ThreadHealth:
    """One thread as the supervisor sees it.

    Attributes:
        name: The worker's name.
        alive: Whether its thread runs.
        turn_seconds: How long its present turn lasts; 0 between turns.
        restarts: How often it was started again after a failure.
        last_failure: The last line of the traceback that ended it; empty if none did.
    """

    name: str
    alive: bool = True
    turn_seconds: float = 0.0
    restarts: int = 0
    last_failure: str = ""


@frozen
class Health:
    """Everything, at one moment.

    Attributes:
        utc_ms: The moment, ms UTC.
        uptime_seconds: Since the daemon started.
        meters: Each meter, by number.
        sinks: Each sink, by name.
        threads: Each thread, by name.
        store: What the store says of itself, and what waits for its commit.
        alarms: How many alarms are active.
        reasons: Why it is not all well; empty when it is.
        overall: The verdict.
    """

    utc_ms: int
    uptime_seconds: float
    meters: tuple[MeterHealth, ...]
    sinks: tuple[SinkHealth, ...]
    threads: tuple[ThreadHealth, ...]
    store: Mapping[str, str | int]
    alarms: int
    reasons: tuple[str, ...]
    overall: Overall
