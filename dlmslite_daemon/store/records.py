"""What a store keeps beside readings, as frozen values: meters, sinks, rows of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from dlmslite_daemon.config.schema import MeterSettings, SinkSettings
from dlmslite_daemon.reading import Lane


class Desired(StrEnum):
    """What an operator wants of a meter; what is observed is the engine's to say."""

    RUNNING = "running"
    PAUSED = "paused"


@frozen
class MeterRecord:
    """A meter as the store keeps it.

    Attributes:
        id: Its number; operators may name it by that too.
        settings: What it is, its series included.
        desired: Whether it is to be polled.
        created_ms: When it was added, ms UTC.
        updated_ms: When it was last changed.
    """

    id: int
    settings: MeterSettings
    desired: Desired
    created_ms: int
    updated_ms: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name


@frozen
class SinkRecord:
    """A sink as the store keeps it.

    Attributes:
        id: Its number.
        settings: What it is.
        since: The reading number after which its delivery begins; its cursors start there.
        created_ms: When it was added, ms UTC.
    """

    id: int
    settings: SinkSettings
    since: int
    created_ms: int

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name


@frozen
class DeadLetter:
    """A message that a sink refused for good; kept, and the cursor moves on.

    Attributes:
        sink: Which sink.
        lane: From which lane.
        first: The first reading number in it.
        last: The last.
        topic: Where it was to go.
        payload: What it was.
        reason: Why it was refused.
        ts_ms: When, ms UTC.
        id: Given by the store; None before.
    """

    sink: str
    lane: Lane
    first: int
    last: int
    topic: str
    payload: bytes
    reason: str
    ts_ms: int
    id: int | None = None


@frozen
class MeterMetrics:
    """How one meter did in one span of time: a row of ``meter_metrics``, one each 5 minutes.

    Attributes:
        meter: Which meter.
        ts_ms: The end of the span, ms UTC.
        seconds: Its length.
        polls_due: Polls that were due while running.
        polls_complete: Those that brought all values.
        readings: Values stored: what was produced.
        reads_failed: Values asked for that did not come.
        read_seconds_avg: First request to last response of a poll, mean, s; None without polls.
        read_seconds_min: The shortest.
        read_seconds_max: The longest.
        acknowledged: Readings that every sink acknowledged that is to have them.
        reassociations: Unplanned re-associations.
        protocol_errors: Discarded frames of all kinds.
        overruns: Polls skipped because the one before was not over.
        running_seconds: How long of the span it was to be polled.
        polls_partial: Polls that brought some of the values.
        polls_empty: Polls that brought none, though the session stood.
        polls_failed: Attempts that ended without a session, or lost it.
        refused: Readings that a sink refused for good.
        errors_by_kind: Discarded frames by kind.
        failures: Failed attempts by error code.
        latency: Polls by duration, first request to last response; see ``LATENCY_BOUNDS``.
        end_to_end: Live readings by the time from measurement to acknowledgement, likewise.
    """

    meter: str
    ts_ms: int
    seconds: float
    polls_due: int = 0
    polls_complete: int = 0
    readings: int = 0
    reads_failed: int = 0
    read_seconds_avg: float | None = None
    read_seconds_min: float | None = None
    read_seconds_max: float | None = None
    acknowledged: int = 0
    reassociations: int = 0
    protocol_errors: int = 0
    overruns: int = 0
    running_seconds: float = 0.0
    polls_partial: int = 0
    polls_empty: int = 0
    polls_failed: int = 0
    refused: int = 0
    errors_by_kind: Mapping[str, int] = field(factory=dict)
    failures: Mapping[str, int] = field(factory=dict)
    latency: tuple[int, ...] = ()
    end_to_end: tuple[int, ...] = ()


@frozen
class NetworkMetrics:
    """What went over one meter's line in one span of time: a row of ``network_metrics``.

    Attributes:
        meter: Which meter.
        ts_ms: The end of the span, ms UTC.
        seconds: Its length.
        octets_sent: On that line, not of the host.
        octets_received: Likewise.
        frames_sent: Likewise.
        frames_received: Likewise.
        round_trip_avg: Mean of the exchanges, s; None without any.
        connects: Connections made.
        round_trips: How many exchanges there were.
        octets_discarded: Octets received that were no sound frame.
    """

    meter: str
    ts_ms: int
    seconds: float
    octets_sent: int = 0
    octets_received: int = 0
    frames_sent: int = 0
    frames_received: int = 0
    round_trip_avg: float | None = None
    connects: int = 0
    round_trips: int = 0
    octets_discarded: int = 0


@frozen
class ServiceMetrics:
    """How the bridge as a whole did in one span of time: a row of ``service_metrics``.

    Attributes:
        ts_ms: The end of the span, ms UTC.
        seconds: Its length.
        ready_seconds: How long of it every thread ran and the store took readings.
        disconnections: MQTT connections that were lost unplanned.
        readings: Readings stored.
        readings_duplicate: Readings that were there already.
        readings_lost: Readings dropped because too much waited for the disk.
        thread_restarts: Threads that ended with an error and were started again.
        store_failures: Commits that failed and were tried again.
    """

    ts_ms: int
    seconds: float
    ready_seconds: float = 0.0
    disconnections: int = 0
    readings: int = 0
    readings_duplicate: int = 0
    readings_lost: int = 0
    thread_restarts: int = 0
    store_failures: int = 0


@frozen
class SinkMetrics:
    """How one sink did in one span of time: a row of ``sink_metrics``.

    Attributes:
        sink: Which sink.
        ts_ms: The end of the span, ms UTC.
        seconds: Its length.
        connected_seconds: How long of it the broker accepted us.
        sent: Messages handed to the broker.
        acknowledged: Messages that it acknowledged.
        readings_acknowledged: Readings in them.
        refused: Messages that went to dead letters.
        disconnections: Connections that were lost unplanned.
        pending: Readings not acknowledged at the end of the span.
        oldest_pending_ms: How long the oldest of them had waited then, ms; None without any.
    """

    sink: str
    ts_ms: int
    seconds: float
    connected_seconds: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    readings_acknowledged: int = 0
    refused: int = 0
    disconnections: int = 0
    pending: int = 0
    oldest_pending_ms: int | None = None


@frozen
class Interval:
    """All rows of one span of time, written together or not at all.

    Attributes:
        meters: How each meter did.
        network: What went over each meter's line.
        service: How the bridge did; None writes nothing.
        sinks: How each sink did.
        marks: Marks to be moved with it, by name.
    """

    meters: tuple[MeterMetrics, ...] = ()
    network: tuple[NetworkMetrics, ...] = ()
    service: ServiceMetrics | None = None
    sinks: tuple[SinkMetrics, ...] = ()
    marks: Mapping[str, int] = field(factory=dict)


@frozen
class Diagnostic:
    """A protocol event worth keeping: a row of ``dlms_diagnostics``.

    Attributes:
        meter: Which meter.
        ts_ms: When, ms UTC.
        severity: info, warning, error.
        category: hdlc, connection, association, service, data.
        message: What happened.
        raw_frame: The octets in question, empty if there are none.
    """

    meter: str
    ts_ms: int
    severity: str
    category: str
    message: str
    raw_frame: bytes = b""


@frozen
class AuditEntry:
    """One action of an operator.

    Attributes:
        ts_ms: When, ms UTC.
        actor: Who: a token's name, or the user at the socket.
        action: What: ``meter.pause`` …
        target: On whom.
        detail: With what; never a secret.
    """

    ts_ms: int
    actor: str
    action: str
    target: str = ""
    detail: str = ""


@frozen
class TokenRecord:
    """A bearer token of the API; only its digest is kept.

    Attributes:
        name: What it is called.
        role: viewer, operator or admin.
        digest: SHA-256 of the token, hexadecimal.
        created_ms: When it was made, ms UTC.
        expires_ms: When it ends, or None.
    """

    name: str
    role: str
    digest: str = field(repr=False)
    created_ms: int = 0
    expires_ms: int | None = None


@frozen
class Ages:
    """Before which times the rows of a store are too old, ms UTC.

    Attributes:
        quarters: Readings by the quarter of an hour, by their begin.
        days: Readings by the day, likewise.
        metrics: Rows of the metrics of meters, lines, sinks and the bridge.
        diagnostics: Protocol events.
        alarms: Alarms that are over; what sinks were told of them.
        audit: Actions of operators.
        dead_letters: Messages that were refused for good.
        diagnostics_kept: How many protocol events of one meter are kept, however young.
    """

    quarters: int
    days: int
    metrics: int
    diagnostics: int
    alarms: int
    audit: int
    dead_letters: int
    diagnostics_kept: int = 1_000
