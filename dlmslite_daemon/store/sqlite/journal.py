"""Alarms, metrics, diagnostics, the audit and tokens as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import astuple, evolve

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.errors import NameTaken
from dlmslite_daemon.store.records import (
    AuditEntry,
    Diagnostic,
    MeterMetrics,
    NetworkMetrics,
    TokenRecord,
)
from dlmslite_daemon.store.sqlite.fleet import meter_id

# The number of a meter that is there, by its name; no row if it is gone.
_OF_METER = "FROM meters WHERE name = ? AND removed_ms IS NULL"


def save_alarm(connection: sqlite3.Connection, alarm: Alarm) -> Alarm:
    """Enter or replace an alarm."""
    condition = alarm.condition
    values = (
        alarm.subject,
        condition.code,
        condition.severity.value,
        condition.category,
        condition.message,
        condition.details,
        alarm.raised_ms,
        alarm.last_ms,
        alarm.count,
        alarm.acknowledged_ms,
        alarm.acknowledged_by,
        alarm.cleared_ms,
    )
    if alarm.number is not None:
        connection.execute(
            "UPDATE alarms SET subject = ?, code = ?, severity = ?, category = ?, message = ?,"
            " details = ?, timestamp = ?, last_ms = ?, count = ?, acknowledged_at = ?,"
            " acknowledged_by = ?, cleared_ms = ? WHERE id = ?",
            (*values, alarm.number),
        )
        return alarm
    number = connection.execute(
        "INSERT INTO alarms (subject, code, severity, category, message, details, timestamp,"
        " last_ms, count, acknowledged_at, acknowledged_by, cleared_ms, meter_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " (SELECT id FROM meters WHERE name = ? AND removed_ms IS NULL))",
        (*values, alarm.subject),
    ).lastrowid
    return evolve(alarm, number=number)


def alarms(
    connection: sqlite3.Connection, *, active: bool, subject: str | None, limit: int
) -> list[Alarm]:
    """Alarms, newest first."""
    rows = connection.execute(
        "SELECT subject, code, message, severity, category, details, timestamp, last_ms, count,"
        " acknowledged_at, acknowledged_by, cleared_ms, id FROM alarms"
        " WHERE (NOT :active OR cleared_ms IS NULL)"
        " AND (:subject IS NULL OR subject = :subject) ORDER BY id DESC LIMIT :limit",
        {"active": int(active), "subject": subject, "limit": limit},
    )
    return [
        Alarm(whom, Condition(code, message, Severity(severity), category, details), *rest)
        for whom, code, message, severity, category, details, *rest in rows
    ]


def add_meter_metrics(connection: sqlite3.Connection, rows: Sequence[MeterMetrics]) -> None:
    """Write rows of meter_metrics."""
    connection.executemany(
        "INSERT INTO meter_metrics (meter_id, timestamp, seconds, polls_due, polls_complete,"
        " readings, reads_failed, avg_read_time, min_read_time, max_read_time, acknowledged,"
        " reassociations, protocol_errors, overruns)"
        f" SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? {_OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
    )


def meter_metrics(connection: sqlite3.Connection, meter: str, since_ms: int) -> list[MeterMetrics]:
    """A meter's rows of meter_metrics."""
    rows = connection.execute(
        "SELECT timestamp, seconds, polls_due, polls_complete, readings, reads_failed,"
        " avg_read_time, min_read_time, max_read_time, acknowledged, reassociations,"
        " protocol_errors, overruns FROM meter_metrics WHERE meter_id = ? AND timestamp >= ?"
        " ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [MeterMetrics(meter, *row) for row in rows]


def add_network_metrics(connection: sqlite3.Connection, rows: Sequence[NetworkMetrics]) -> None:
    """Write rows of network_metrics."""
    connection.executemany(
        "INSERT INTO network_metrics (meter_id, timestamp, seconds, dlms_bytes_sent,"
        " dlms_bytes_recv, dlms_frames_sent, dlms_frames_recv, round_trip_avg, connects)"
        f" SELECT id, ?, ?, ?, ?, ?, ?, ?, ? {_OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
    )


def network_metrics(
    connection: sqlite3.Connection, meter: str, since_ms: int
) -> list[NetworkMetrics]:
    """A meter's rows of network_metrics."""
    rows = connection.execute(
        "SELECT timestamp, seconds, dlms_bytes_sent, dlms_bytes_recv, dlms_frames_sent,"
        " dlms_frames_recv, round_trip_avg, connects FROM network_metrics"
        " WHERE meter_id = ? AND timestamp >= ? ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [NetworkMetrics(meter, *row) for row in rows]


def add_diagnostic(connection: sqlite3.Connection, diagnostic: Diagnostic) -> None:
    """Write a row of dlms_diagnostics."""
    connection.execute(
        "INSERT INTO dlms_diagnostics (meter_id, timestamp, severity, category, message,"
        f" raw_frame) SELECT id, ?, ?, ?, ?, ? {_OF_METER}",
        (*astuple(diagnostic)[1:], diagnostic.meter),
    )


def diagnostics(connection: sqlite3.Connection, meter: str, limit: int) -> list[Diagnostic]:
    """A meter's rows of dlms_diagnostics."""
    rows = connection.execute(
        "SELECT timestamp, severity, category, message, raw_frame FROM dlms_diagnostics"
        " WHERE meter_id = ? ORDER BY id DESC LIMIT ?",
        (meter_id(connection, meter), limit),
    )
    return [Diagnostic(meter, *row) for row in rows]


def add_audit(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Write down an action."""
    connection.execute(
        "INSERT INTO audit (ts_ms, actor, action, target, detail) VALUES (?, ?, ?, ?, ?)",
        astuple(entry),
    )


def audit(connection: sqlite3.Connection, limit: int) -> list[AuditEntry]:
    """The newest actions."""
    rows = connection.execute(
        "SELECT ts_ms, actor, action, target, detail FROM audit ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [AuditEntry(*row) for row in rows]


def add_token(connection: sqlite3.Connection, token: TokenRecord) -> None:
    """Enter a token."""
    if any(known.name == token.name for known in tokens(connection)):
        raise NameTaken(f"there is a token {token.name!r} already")
    connection.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?)", astuple(token))


def tokens(connection: sqlite3.Connection) -> list[TokenRecord]:
    """All tokens."""
    rows = connection.execute(
        "SELECT name, role, digest, created_ms, expires_ms FROM tokens ORDER BY name"
    )
    return [TokenRecord(*row) for row in rows]


def token(connection: sqlite3.Connection, digest: str) -> TokenRecord | None:
    """The token of a digest."""
    row = connection.execute(
        "SELECT name, role, digest, created_ms, expires_ms FROM tokens WHERE digest = ?",
        (digest,),
    ).fetchone()
    return None if row is None else TokenRecord(*row)


def remove_token(connection: sqlite3.Connection, name: str) -> None:
    """Remove a token."""
    connection.execute("DELETE FROM tokens WHERE name = ?", (name,))
