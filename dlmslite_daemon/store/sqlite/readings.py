"""Readings as rows: functions over a connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from dlmslite_daemon.reading import Lane, Quality, Reading, Source, ValueKind
from dlmslite_daemon.store.rollup import QUARTER_MS
from dlmslite_daemon.store.sqlite.names import MeasurementIds, meter_id
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.writer import Job
from dlmslite_daemon.store.ticket import Stored, Ticket

_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1  # what SQLite's INTEGER holds

# A reading's fixed cost in memory, about: the object, its integers, its place in a batch.
READING_OCTETS = 300

_INSERT = """
INSERT INTO readings (measurement_id, ts_ms, lane, kind, raw, scaler, text, unit, meter_ts_ms,
                      host_ts_ms, source, quality)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (measurement_id, ts_ms, lane) DO NOTHING
"""

COLUMNS = """
    m.name, s.key, r.ts_ms, r.kind, r.raw, r.scaler, r.text, r.unit, r.meter_ts_ms, r.host_ts_ms,
    r.source, r.quality, r.number
"""

JOINED = """
    FROM readings AS r
    JOIN measurements AS s ON s.id = r.measurement_id
    JOIN meters AS m ON m.id = s.meter_id
"""

# Looking a member up by its value costs more than all the rest of a row.
_KINDS = {kind.value: kind for kind in ValueKind}
_SOURCES = {source.value: source for source in Source}
_QUALITIES = {quality.value: quality for quality in Quality}


def octets_of(batch: Sequence[Reading]) -> int:
    """About how much memory a batch holds."""
    return sum(READING_OCTETS + len(reading.text or "") for reading in batch)


def insert(connection: sqlite3.Connection, ids: MeasurementIds, batch: Sequence[Reading]) -> Stored:
    """Append readings; those that are there already, or belong to nobody, are counted."""
    rows = []
    for reading in batch:
        measurement = ids.find(connection, reading.meter, reading.series)
        if measurement is not None:
            rows.append(_row(measurement, reading))
    before = connection.total_changes
    connection.executemany(_INSERT, rows)
    count = connection.total_changes - before
    return Stored(count, duplicates=len(rows) - count, refused=len(batch) - len(rows))


def _row(measurement: int, reading: Reading) -> tuple[object, ...]:
    raw, text = reading.raw, reading.text
    if raw is not None and not _SMALLEST <= raw <= _LARGEST:
        raw, text = None, str(raw)
    return (
        measurement,
        reading.ts_ms,
        reading.lane.value,
        reading.kind.value,
        raw,
        reading.scaler,
        text,
        reading.unit,
        reading.meter_ts_ms,
        reading.host_ts_ms,
        reading.source.value,
        reading.quality.value,
    )


def from_row(row: tuple[Any, ...]) -> Reading:
    """A row of ``COLUMNS``; the types are what the STRICT columns hold."""
    meter, series, ts_ms, kind, raw, scaler, text, unit, meter_ts_ms, host_ts_ms, *rest = row
    source, quality, number = rest
    if raw is None and kind == "integer":
        raw, text = int(text), None
    return Reading(
        meter,
        series,
        ts_ms,
        _KINDS[kind],
        raw,
        scaler,
        text,
        unit,
        meter_ts_ms,
        host_ts_ms,
        _SOURCES[source],
        _QUALITIES[quality],
        number,
    )


def last_number(connection: sqlite3.Connection) -> int:
    """The highest number ever given; pruning does not lower it."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'readings'").fetchone()
    return int(row[0]) if row else 0


def after(
    connection: sqlite3.Connection,
    lane: Lane,
    number: int,
    limit: int,
    meters: Sequence[str] | None,
) -> list[Reading]:
    """The next readings of a lane."""
    condition, names = _of_meters(meters)
    rows = connection.execute(
        f"SELECT {COLUMNS} {JOINED} WHERE r.lane = ? AND r.number > ? {condition}"
        " ORDER BY r.number LIMIT ?",
        (lane.value, number, *names, limit),
    )
    return [from_row(row) for row in rows]


def pending(
    connection: sqlite3.Connection,
    lane: Lane,
    number: int,
    meters: Sequence[str] | None,
    limit: int,
) -> int:
    """How many readings of a lane follow a number, counted up to the limit."""
    condition, names = _of_meters(meters)
    # Names need the join; without them the index alone is counted.
    table = "FROM readings AS r" if meters is None else JOINED
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 {table}"
        f" WHERE r.lane = ? AND r.number > ? {condition} LIMIT ?)",
        (lane.value, number, *names, limit),
    ).fetchone()
    return int(count)


def _of_meters(meters: Sequence[str] | None) -> tuple[str, Sequence[str]]:
    if meters is None:
        return "", ()
    return f"AND m.name IN ({','.join('?' * len(meters))})", meters


def of_meter(
    connection: sqlite3.Connection,
    meter_id: int,
    since_ms: int,
    until_ms: int | None,
    limit: int,
    series: str | None,
) -> list[Reading]:
    """A meter's newest readings in a span, oldest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} {JOINED} WHERE s.meter_id = :meter AND r.ts_ms >= :since"
        " AND (:until IS NULL OR r.ts_ms < :until) AND (:series IS NULL OR s.key = :series)"
        " ORDER BY r.ts_ms DESC, r.number DESC LIMIT :limit",
        {
            "meter": meter_id,
            "since": since_ms,
            "until": until_ms,
            "limit": limit,
            "series": series,
        },
    ).fetchall()
    return [from_row(row) for row in reversed(rows)]


# The series of meters that are there: of one, or of all.
_OF = """
FROM meters AS m JOIN measurements AS s ON s.meter_id = m.id
WHERE m.removed_ms IS NULL AND (:meter IS NULL OR m.id = :meter)
"""

# One statement, so that nothing is rolled up between its parts.
_SINCE = f"""
SELECT coalesce(sum(
    (SELECT coalesce(sum(q.count), 0) FROM readings_15min AS q
     WHERE q.measurement_id = s.id AND q.start_ms >= :quarter)
    + (SELECT count(*) FROM readings AS r
       WHERE r.measurement_id = s.id AND r.ts_ms >= :since AND r.ts_ms < :quarter)), 0)
    + (SELECT count(*) FROM readings AS r
       NOT INDEXED WHERE r.number > coalesce((SELECT number FROM marks WHERE name = 'rolled'), 0)
       AND r.ts_ms >= :quarter AND r.measurement_id IN (SELECT s.id {_OF}))
{_OF}
"""


def since(connection: sqlite3.Connection, since_ms: int, meter_id: int | None) -> int:
    """How many readings have that time or a later one; of one meter, or of all there are."""
    # Whole quarters of an hour are added up from their rows. Of the begun one, and of what is not
    # rolled up yet, indexes are counted: the first begins with the series and its time, so that
    # each series is one range of it.
    quarter_ms = -(-since_ms // QUARTER_MS) * QUARTER_MS
    (count,) = connection.execute(
        _SINCE, {"since": since_ms, "quarter": quarter_ms, "meter": meter_id}
    ).fetchone()
    return int(count)


def latest(connection: sqlite3.Connection, meter_id: int) -> dict[str, Reading]:
    """The newest reading of each series that is not removed."""
    found = {}
    for (measurement,) in connection.execute(
        "SELECT id FROM measurements WHERE meter_id = ? AND removed_ms IS NULL ORDER BY position",
        (meter_id,),
    ).fetchall():
        row = connection.execute(
            f"SELECT {COLUMNS} {JOINED} WHERE r.measurement_id = ?"
            " ORDER BY r.ts_ms DESC, r.number DESC LIMIT 1",
            (measurement,),
        ).fetchone()
        if row is not None:
            reading = from_row(row)
            found[reading.series] = reading
    return found


def last_measured(connection: sqlite3.Connection) -> dict[str, int]:
    """When the newest reading of each meter was measured."""
    rows = connection.execute(
        "SELECT m.name, max((SELECT r.ts_ms FROM readings AS r WHERE r.measurement_id = s.id"
        " ORDER BY r.ts_ms DESC LIMIT 1)) AS newest"
        " FROM meters AS m JOIN measurements AS s ON s.meter_id = m.id"
        " WHERE m.removed_ms IS NULL AND s.removed_ms IS NULL"
        " GROUP BY m.id HAVING newest IS NOT NULL"
    )
    return dict(rows.fetchall())


class ReadingsPart(Part):
    """The part of ``SqliteStore`` that keeps readings, and asking for them."""

    def append(self, batch: Sequence[Reading]) -> Ticket:
        """Hand readings over for the next group commit."""
        rows = tuple(batch)
        ticket = Ticket()

        def done(result: Stored) -> None:
            self._metrics.readings_stored.inc(result.count)
            if result.count < len(rows):
                self._metrics.readings_duplicate.inc(result.duplicates)
                self._metrics.readings_refused.inc(result.refused)
            ticket.resolve(result)

        self._hand_over(
            Job(
                lambda connection: insert(connection, self._ids, rows),
                done,
                ticket.fail,
                octets=octets_of(rows),
                readings=len(rows),
            )
        )
        return ticket

    def readings_after(
        self, lane: Lane, number: int, limit: int, meters: Sequence[str] | None = None
    ) -> list[Reading]:
        """The next committed readings of a lane."""
        return self._ask(lambda c: after(c, lane, number, limit, meters))

    def readings(
        self,
        meter: str,
        since_ms: int = 0,
        until_ms: int | None = None,
        limit: int = 1000,
        series: str | None = None,
    ) -> list[Reading]:
        """A meter's newest readings in a span."""
        return self._ask(
            lambda c: of_meter(c, meter_id(c, meter), since_ms, until_ms, limit, series)
        )

    def readings_since(self, since_ms: int, meter: str | None = None) -> int:
        """How many readings have that time or a later one."""
        number = None if meter is None else self._ask(lambda c: meter_id(c, meter))
        return self._ask(lambda c: since(c, since_ms, number))

    def latest(self, meter: str) -> dict[str, Reading]:
        """The newest reading of each series."""
        return self._ask(lambda c: latest(c, meter_id(c, meter)))

    def last_measured(self) -> dict[str, int]:
        """When the newest reading of each meter was measured."""
        return self._ask(last_measured)

    def last_number(self) -> int:
        """The highest number that was committed."""
        return self._ask(last_number)

    def waiting(self) -> tuple[int, int]:
        """Readings and octets that wait for a commit."""
        return self._writer.waiting if self._writer is not None else (0, 0)

    def flush(self) -> None:
        """Commit what waits without waiting for company."""
        if self._writer is not None:
            self._writer.flush()
