"""What reports ask, answered by the indexes: no row is read that does not matter."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.readings import COLUMNS, JOINED, from_row

# A register fell, or cannot be compared here: another scaler, more than 64 bits, another kind.
_BREAK = """
    CASE WHEN raw IS NOT NULL AND raw_before IS NOT NULL AND scaler = scaler_before
         THEN raw < raw_before
         WHEN kind = 'float' AND kind_before = 'float'
         THEN CAST(text AS REAL) < CAST(text_before AS REAL)
         ELSE number_before IS NOT NULL END
"""

_BREAKS = f"""
SELECT number, number_before, ts_before, ts_ms, ts_ms - ts_before > :gap FROM (
    SELECT r.number, r.ts_ms, r.kind, r.raw, r.scaler, r.text,
           lag(r.number) OVER course AS number_before, lag(r.ts_ms) OVER course AS ts_before,
           lag(r.kind) OVER course AS kind_before, lag(r.raw) OVER course AS raw_before,
           lag(r.scaler) OVER course AS scaler_before, lag(r.text) OVER course AS text_before
    FROM readings AS r
    WHERE r.measurement_id = :series AND r.ts_ms BETWEEN :since AND :until
    WINDOW course AS (ORDER BY r.ts_ms, r.lane)
) WHERE ts_ms - ts_before > :gap OR {_BREAK}
"""


_TAKEN = "r.host_ts_ms >= :since AND r.host_ts_ms < :until"

_WAITING = f"""
SELECT m.name, count(*) {JOINED}
WHERE r.lane = :lane AND r.number > :reached AND {_TAKEN} GROUP BY m.name
"""

# A letter is buried after its readings were taken; most windows have none.
_BURIED = f"""
SELECT m.name, count(DISTINCT r.number)
FROM dead_letters AS d JOIN sinks AS k ON k.id = d.sink_id
CROSS JOIN readings AS r ON r.lane = d.lane AND r.number BETWEEN d.first AND d.last
JOIN measurements AS s ON s.id = r.measurement_id
JOIN meters AS m ON m.id = s.meter_id
WHERE k.enabled AND d.lane = :lane AND d.ts_ms >= :since AND r.number <= :reached AND {_TAKEN}
GROUP BY m.name
"""


def course(
    connection: sqlite3.Connection, meter: str, series: str, bounds: Sequence[int], gap_ms: int
) -> Course:
    """The course of a register."""
    row = connection.execute(
        "SELECT id FROM measurements WHERE meter_id = ? AND key = ?",
        (meter_id(connection, meter), series),
    ).fetchone()
    known = _at_bounds(connection, row[0], bounds) if row and bounds else {}
    if not known:
        return Course()
    breaks = connection.execute(
        _BREAKS,
        {"series": row[0], "since": min(known.values()), "until": bounds[-1], "gap": gap_ms},
    ).fetchall()
    numbers = set(known).union(*(found[:2] for found in breaks))
    gaps = tuple((before, after) for _, _, before, after, is_gap in breaks if is_gap)
    return Course(_of_numbers(connection, numbers), gaps)


def _at_bounds(
    connection: sqlite3.Connection, measurement: int, bounds: Sequence[int]
) -> dict[int, int]:
    """The last reading at or before each bound, the first after the first one: number to time."""
    query = "SELECT number, ts_ms FROM readings WHERE measurement_id = ? AND ts_ms"
    found = [
        connection.execute(
            f"{query} <= ? ORDER BY ts_ms DESC, lane DESC LIMIT 1", (measurement, bound)
        ).fetchone()
        for bound in bounds
    ]
    found.append(
        connection.execute(
            f"{query} > ? AND ts_ms <= ? ORDER BY ts_ms, lane LIMIT 1",
            (measurement, bounds[0], bounds[-1]),
        ).fetchone()
    )
    return dict(filter(None, found))


def _of_numbers(connection: sqlite3.Connection, numbers: Iterable[int]) -> tuple[Reading, ...]:
    query = f"SELECT {COLUMNS} {JOINED} WHERE r.number = ?"
    rows = [connection.execute(query, (number,)).fetchone() for number in numbers]
    readings = [from_row(row) for row in rows]
    return tuple(sorted(readings, key=lambda reading: (reading.ts_ms, reading.lane.value)))


def undelivered(connection: sqlite3.Connection, since_ms: int, until_ms: int) -> dict[str, int]:
    """How many readings of a span are not acknowledged, by meter."""
    found: Counter[str] = Counter()
    for lane in Lane:
        reached = _reached(connection, lane)
        if reached is None:
            return {}
        values = {"lane": lane.value, "reached": reached, "since": since_ms, "until": until_ms}
        for query in (_WAITING, _BURIED):
            found.update(dict(connection.execute(query, values).fetchall()))
    return dict(found)


def _reached(connection: sqlite3.Connection, lane: Lane) -> int | None:
    """The number up to which all enabled sinks have come; None without any."""
    (reached,) = connection.execute(
        "SELECT min(coalesce((SELECT min(c.number) FROM cursors AS c WHERE c.sink_id = s.id"
        " AND c.lane = ?), s.since)) FROM sinks AS s WHERE s.enabled",
        (lane.value,),
    ).fetchone()
    return None if reached is None else int(reached)


def delivered_until(connection: sqlite3.Connection) -> dict[str, int]:
    """When each meter's newest acknowledged live reading was measured."""
    reached = _reached(connection, Lane.LIVE)
    if reached is None:
        return {}
    # The index that keeps a reading from being stored twice holds series, time, lane and number.
    rows = connection.execute(
        "SELECT m.name, max((SELECT r.ts_ms FROM readings AS r WHERE r.measurement_id = s.id"
        " AND r.lane = :lane AND r.number <= :reached ORDER BY r.ts_ms DESC LIMIT 1)) AS newest"
        " FROM meters AS m JOIN measurements AS s ON s.meter_id = m.id"
        " WHERE m.removed_ms IS NULL GROUP BY m.id HAVING newest IS NOT NULL",
        {"lane": Lane.LIVE.value, "reached": reached},
    )
    return dict(rows.fetchall())


def absences(
    connection: sqlite3.Connection, since_ms: int, until_ms: int
) -> dict[str, list[tuple[int, int, float]]]:
    """The spans in which no value of a meter came that was to be polled."""
    found: dict[str, list[tuple[int, int, float]]] = {}
    for name, *span in connection.execute(
        "SELECT m.name, x.timestamp - CAST(round(x.seconds * 1000) AS INTEGER), x.timestamp,"
        " x.running_seconds FROM meter_metrics AS x JOIN meters AS m ON m.id = x.meter_id"
        " WHERE m.removed_ms IS NULL AND x.timestamp > ? AND x.timestamp <= ?"
        " AND x.readings = 0 AND x.polls_due > 0 AND x.running_seconds > 0"
        " ORDER BY m.id, x.timestamp",
        (since_ms, until_ms),
    ):
        found.setdefault(name, []).append((span[0], span[1], span[2]))
    return found


class FiguresPart(Part):
    """The part of ``SqliteStore`` that answers what reports ask."""

    def course(self, meter: str, series: str, bounds_ms: Sequence[int], gap_ms: int) -> Course:
        """The course of a register."""
        return self._ask(lambda c: course(c, meter, series, bounds_ms, gap_ms))

    def undelivered(self, since_ms: int, until_ms: int) -> dict[str, int]:
        """How many readings of a span are not acknowledged, by meter."""
        return self._ask(lambda c: undelivered(c, since_ms, until_ms))

    def delivered_until(self) -> dict[str, int]:
        """When each meter's newest acknowledged live reading was measured."""
        return self._ask(delivered_until)

    def absences(self, since_ms: int, until_ms: int) -> dict[str, list[tuple[int, int, float]]]:
        """The spans in which no value of a meter came that was to be polled."""
        return self._ask(lambda c: absences(c, since_ms, until_ms))
