"""Alarms, mutes, and what sinks are to be told of alarms, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict, evolve

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Condition, Mute, Severity
from dlmslite_daemon.errors import BridgeError, UnknownAlarm
from dlmslite_daemon.store.sqlite.names import sink_row
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.writer import Job
from dlmslite_daemon.store.ticket import Stored, Ticket

_COLUMNS = (
    "subject, code, message, severity, category, details, timestamp, last_ms, count,"
    " acknowledged_at, acknowledged_by, cleared_ms, id, cleared_by, muted, told, flaps"
)


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
        alarm.cleared_by,
        int(alarm.muted),
        int(alarm.told),
        alarm.flaps,
    )
    if alarm.number is not None:
        connection.execute(
            "UPDATE alarms SET subject = ?, code = ?, severity = ?, category = ?, message = ?,"
            " details = ?, timestamp = ?, last_ms = ?, count = ?, acknowledged_at = ?,"
            " acknowledged_by = ?, cleared_ms = ?, cleared_by = ?, muted = ?, told = ?, flaps = ?"
            " WHERE id = ?",
            (*values, alarm.number),
        )
        return alarm
    number = connection.execute(
        "INSERT INTO alarms (subject, code, severity, category, message, details, timestamp,"
        " last_ms, count, acknowledged_at, acknowledged_by, cleared_ms, cleared_by, muted, told,"
        " flaps, meter_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " (SELECT id FROM meters WHERE name = ? AND removed_ms IS NULL))",
        (*values, alarm.subject),
    ).lastrowid
    return evolve(alarm, number=number)


def save_alarms(
    connection: sqlite3.Connection, entries: Sequence[tuple[Alarm, Change | None]], now_ms: int
) -> list[Alarm]:
    """Enter or replace alarms, with what sinks are told."""
    kept = [save_alarm(connection, alarm) for alarm, _ in entries]
    for alarm, (_, change) in zip(kept, entries, strict=True):
        if change is not None:
            connection.execute(
                "INSERT INTO alarm_events (alarm_id, ts_ms, change, alarm) VALUES (?, ?, ?, ?)",
                (alarm.number, now_ms, change.value, json.dumps(asdict(alarm))),
            )
    return kept


def alarm(connection: sqlite3.Connection, number: int) -> Alarm:
    """One alarm."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM alarms WHERE id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise UnknownAlarm(number)
    return _alarm(row)


def alarms(
    connection: sqlite3.Connection,
    *,
    active: bool,
    subject: str | None,
    limit: int,
    before: int | None,
) -> list[Alarm]:
    """Alarms, newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM alarms"
        " WHERE (NOT :active OR cleared_ms IS NULL)"
        " AND (:subject IS NULL OR subject = :subject)"
        " AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit",
        {"active": int(active), "subject": subject, "limit": limit, "before": before},
    )
    return [_alarm(row) for row in rows]


def save_mute(connection: sqlite3.Connection, mute: Mute) -> Mute:
    """Enter a mute in place of the one of the same code and subject."""
    row = connection.execute(
        "INSERT INTO alarm_mutes (code, subject, until_ms, created_ms, created_by)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (code, subject) DO UPDATE SET"
        " until_ms = excluded.until_ms, created_ms = excluded.created_ms,"
        " created_by = excluded.created_by RETURNING id",
        (mute.code, mute.subject, mute.until_ms, mute.created_ms, mute.by),
    ).fetchone()
    return evolve(mute, number=row[0])


def mutes(connection: sqlite3.Connection) -> list[Mute]:
    """Every mute."""
    rows = connection.execute(
        "SELECT code, subject, until_ms, created_by, created_ms, id FROM alarm_mutes ORDER BY id"
    )
    return [Mute(*row) for row in rows]


def alarm_events(connection: sqlite3.Connection, after: int, limit: int) -> list[AlarmEvent]:
    """What sinks are to be told."""
    rows = connection.execute(
        "SELECT number, ts_ms, change, alarm FROM alarm_events"
        " WHERE number > ? ORDER BY number LIMIT ?",
        (after, limit),
    )
    return [
        AlarmEvent(number, ts_ms, Change(change), _alarm_of(json.loads(text)))
        for number, ts_ms, change, text in rows
    ]


def alarm_cursor(connection: sqlite3.Connection, sink: str) -> int:
    """Where a sink's cursor over alarms stands; a sink from before there were any has none."""
    sink_id, _ = sink_row(connection, sink)
    row = connection.execute(
        "SELECT number FROM alarm_cursors WHERE sink_id = ?", (sink_id,)
    ).fetchone()
    return int(row[0]) if row else 0


def advance_alarms(connection: sqlite3.Connection, sink: str, number: int) -> None:
    """Move a sink's cursor over alarms forwards."""
    sink_id, _ = sink_row(connection, sink)
    connection.execute(
        "INSERT INTO alarm_cursors VALUES (?, ?) ON CONFLICT DO UPDATE"
        " SET number = max(number, excluded.number)",
        (sink_id, number),
    )


def begin_with_what_comes(connection: sqlite3.Connection, sink: str) -> None:
    """Put a new sink's cursor behind the events that there are."""
    row = connection.execute("SELECT coalesce(max(number), 0) FROM alarm_events").fetchone()
    advance_alarms(connection, sink, row[0])


def _alarm(row: Sequence[Any]) -> Alarm:
    whom, code, message, severity, category, details, *rest = row
    *known, muted, told, flaps = rest
    plain = Alarm(whom, Condition(code, message, Severity(severity), category, details), *known)
    return evolve(plain, muted=bool(muted), told=bool(told), flaps=flaps)


def _alarm_of(fields: Mapping[str, Any]) -> Alarm:
    condition = dict(fields["condition"])
    condition["severity"] = Severity(condition["severity"])
    return Alarm(**{**fields, "condition": Condition(**condition)})


class AlarmsPart(Part):
    """The part of ``SqliteStore`` that keeps alarms."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        return self._write(lambda c: save_alarm(c, alarm))

    def save_alarms(self, alarms: Sequence[tuple[Alarm, Change | None]]) -> list[Alarm]:
        """Enter or replace alarms, with what sinks are told."""
        if not alarms:
            return []
        now_ms = self._clock.utc_ms()
        return self._write(lambda c: save_alarms(c, alarms, now_ms))

    def alarm(self, number: int) -> Alarm:
        """One alarm."""
        return self._ask(lambda c: alarm(c, number))

    def alarms(
        self,
        *,
        active: bool = True,
        subject: str | None = None,
        limit: int = 1000,
        before: int | None = None,
    ) -> list[Alarm]:
        """Alarms, newest first."""
        return self._ask(
            lambda c: alarms(c, active=active, subject=subject, limit=limit, before=before)
        )

    def save_mute(self, mute: Mute) -> Mute:
        """Enter a mute."""
        return self._write(lambda c: save_mute(c, mute))

    def remove_mute(self, number: int) -> None:
        """Remove a mute."""
        self._write(lambda c: c.execute("DELETE FROM alarm_mutes WHERE id = ?", (number,)))

    def mutes(self) -> list[Mute]:
        """Every mute."""
        return self._ask(mutes)

    def alarm_events(self, after: int, limit: int) -> list[AlarmEvent]:
        """What sinks are to be told."""
        return self._ask(lambda c: alarm_events(c, after, limit))

    def alarm_cursor(self, sink: str) -> int:
        """Where a sink's cursor over alarms stands."""
        return self._ask(lambda c: alarm_cursor(c, sink))

    def advance_alarms(self, sink: str, number: int) -> Ticket:
        """Move a sink's cursor over alarms forwards, with the next commit."""
        ticket = Ticket()

        def done(_: None) -> None:
            ticket.resolve(Stored(0))

        def failed(error: BridgeError) -> None:
            ticket.fail(error)

        self._hand_over(Job(lambda c: advance_alarms(c, sink, number), done, failed))
        return ticket
