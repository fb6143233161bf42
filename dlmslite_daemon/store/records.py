"""What a store keeps beside readings, as frozen values: meters, sinks, rows of the journal."""

from __future__ import annotations

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
        readings: Values stored.
        reads_failed: Values asked for that did not come.
        read_seconds_avg: First request to last response of a poll, mean, s; None without polls.
        read_seconds_min: The shortest.
        read_seconds_max: The longest.
        acknowledged: Readings that all enabled sinks acknowledged.
        reassociations: Unplanned re-associations.
        protocol_errors: Discarded frames of all kinds.
        overruns: Polls skipped because the one before was not over.
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
