"""Protocol events and the audit as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import astuple

from dlmslite_daemon.store.records import AuditEntry, Diagnostic
from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part

# The number of a meter that is there, by its name; no row if it is gone.
OF_METER = "FROM meters WHERE name = ? AND removed_ms IS NULL"


def add_diagnostics(connection: sqlite3.Connection, rows: Sequence[Diagnostic]) -> None:
    """Write rows of dlms_diagnostics."""
    connection.executemany(
        "INSERT INTO dlms_diagnostics (meter_id, timestamp, severity, category, message,"
        f" raw_frame) SELECT id, ?, ?, ?, ?, ? {OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
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


def audit(
    connection: sqlite3.Connection, limit: int, since_ms: int, actor: str, action: str, target: str
) -> list[AuditEntry]:
    """The newest actions."""
    rows = connection.execute(
        "SELECT ts_ms, actor, action, target, detail FROM audit WHERE ts_ms >= :since"
        " AND :actor IN ('', actor) AND :target IN ('', target)"
        " AND (:action = '' OR substr(action || '.', 1, length(:action) + 1) = :action || '.')"
        " ORDER BY id DESC LIMIT :limit",
        {
            "since": since_ms,
            "actor": actor,
            "action": action,
            "target": target,
            "limit": limit,
        },
    )
    return [AuditEntry(*row) for row in rows]


class JournalPart(Part):
    """The part of ``SqliteStore`` that keeps protocol events and what operators did."""

    def add_diagnostic(self, *diagnostics: Diagnostic) -> None:
        """Write rows of dlms_diagnostics."""
        self._write(lambda c: add_diagnostics(c, diagnostics))

    def diagnostics(self, meter: str, limit: int = 100) -> list[Diagnostic]:
        """A meter's newest protocol events."""
        return self._ask(lambda c: diagnostics(c, meter, limit))

    def add_audit(self, entry: AuditEntry) -> None:
        """Write down an action."""
        self._write(lambda c: add_audit(c, entry))

    def audit(
        self,
        limit: int = 100,
        since_ms: int = 0,
        *,
        actor: str = "",
        action: str = "",
        target: str = "",
    ) -> list[AuditEntry]:
        """The newest actions."""
        return self._ask(lambda c: audit(c, limit, since_ms, actor, action, target))
