"""Alarms, as rows."""

from __future__ import annotations

import sqlite3

from attrs import evolve

from dlmslite_daemon.alarm import Alarm, Condition, Severity
from dlmslite_daemon.store.sqlite.part import Part


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


class AlarmsPart(Part):
    """The part of ``SqliteStore`` that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        return self._write(lambda c: save_alarm(c, alarm))

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first."""
        return self._ask(lambda c: alarms(c, active=active, subject=subject, limit=limit))
