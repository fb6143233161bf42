"""The findings of diagnoses, as rows."""

from __future__ import annotations

import sqlite3

from dlmslite_daemon.finding import FINDINGS_KEPT, Finding, FindingRecord
from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part


def add_finding(connection: sqlite3.Connection, record: FindingRecord) -> None:
    """Keep a finding."""
    finding = record.finding
    number = meter_id(connection, finding.meter)
    connection.execute(
        "INSERT INTO findings (meter_id, ts_ms, kind, cause, confidence, json, page)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            finding.ts_ms,
            finding.kind,
            finding.cause.value,
            finding.confidence.value,
            finding.text(),
            record.page,
        ),
    )
    connection.execute(
        "DELETE FROM findings WHERE meter_id = ? AND id NOT IN"
        " (SELECT id FROM findings WHERE meter_id = ? ORDER BY id DESC LIMIT ?)",
        (number, number, FINDINGS_KEPT),
    )


def findings(
    connection: sqlite3.Connection, meter: str | None, limit: int
) -> tuple[FindingRecord, ...]:
    """What was found, the newest first."""
    number = None if meter is None else meter_id(connection, meter)
    rows = connection.execute(
        "SELECT f.json, f.page FROM findings f JOIN meters m ON m.id = f.meter_id"
        " WHERE m.removed_ms IS NULL AND (:meter IS NULL OR f.meter_id = :meter)"
        " ORDER BY f.ts_ms DESC, f.id DESC LIMIT :limit",
        {"meter": number, "limit": limit},
    )
    return tuple(FindingRecord(Finding.restored(text), page) for text, page in rows)


class FindingsPart(Part):
    """The part of ``SqliteStore`` that keeps findings."""

    def add_finding(self, record: FindingRecord) -> None:
        """Keep a finding."""
        self._write(lambda c: add_finding(c, record))

    def findings(self, meter: str | None, limit: int) -> tuple[FindingRecord, ...]:
        """What was found, the newest first."""
        return self._ask(lambda c: findings(c, meter, limit))
