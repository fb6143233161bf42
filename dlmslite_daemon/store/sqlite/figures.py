"""What reports ask, answered by the indexes: no row is read that does not matter."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from dlmslite_daemon.reading import Lane, Reading, ValueKind
from dlmslite_daemon.store.course import Course
from dlmslite_daemon.store.reach import Reach
from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.readings import COLUMNS, JOINED, from_row

# Steps of a number's course whose end is before the readings that are kept; of those that end
# before the begin only the last ones matter.
_KEPT = """measurement_id = :series AND total IS NOT NULL AND last_ms < :until
    AND start_ms >= :since - 2 * 86400000"""

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


# Days that are older than the oldest quarter of an hour, then the quarters.
_ROLLED = f"""
SELECT first_ms, first, last_ms, last, unit FROM readings_daily
WHERE {_KEPT} AND last_ms < coalesce((SELECT min(first_ms) FROM readings_15min
                                      WHERE measurement_id = :series), :until)
UNION ALL
SELECT first_ms, first, last_ms, last, unit FROM readings_15min WHERE {_KEPT}
ORDER BY first_ms
"""


@frozen
class Rolled:
    """A step of time whose readings are not kept: its first and its last one are.

    Attributes:
        first_ms: When the first was measured, ms UTC.
        first: It, as exact decimal text.
        last_ms: When the last was.
        last: It.
        unit: Their unit.
    """

    first_ms: int
    first: str
    last_ms: int
    last: str
    unit: str

    def points(self, meter: str, series: str) -> list[Reading]:
        """Both as readings; one where they are the same."""
        known = {self.first_ms: self.first, self.last_ms: self.last}
        return [
            _point(Reading(meter, series, ts_ms, ValueKind.INTEGER, 0, unit=self.unit), text)
            for ts_ms, text in known.items()
        ]


def _point(reading: Reading, text: str) -> Reading:
    sign, digits, exponent = Decimal(text).as_tuple()
    raw = int("".join(map(str, digits)))
    return evolve(reading, raw=-raw if sign else raw, scaler=int(exponent))


def rolled(connection: sqlite3.Connection, measurement: int, span: tuple[int, int]) -> list[Rolled]:
    """The steps that end before the end of a span, from the one that stood at its begin on."""
    rows = connection.execute(
        _ROLLED, {"series": measurement, "since": span[0], "until": span[1]}
    ).fetchall()
    standing = [row for row in rows if row[2] <= span[0]][-1:]
    return [Rolled(*row) for row in (*standing, *(row for row in rows if row[2] > span[0]))]


_TAKEN = "r.host_ts_ms >= :since AND r.host_ts_ms < :until"

_WAITING = f"""
SELECT m.name, count(*) {JOINED}
WHERE r.lane = :lane AND r.number > :reached AND {_TAKEN} GROUP BY m.name
"""

_OF_OWN = """
FROM json_each(:own) AS x JOIN meters AS m ON m.name = x.key AND m.removed_ms IS NULL
JOIN measurements AS s ON s.meter_id = m.id
"""

_NEWEST = f"""
SELECT m.name, max((SELECT r.number FROM readings AS r WHERE r.measurement_id = s.id
                    AND r.lane = 0 ORDER BY r.ts_ms DESC LIMIT 1)) {_OF_OWN} GROUP BY m.name
"""

# Of meters with own cursors, live readings are found by their series and time, which is the host's;
# of history there is little, and it is found by its numbers.
_OWN_WAITING = {
    Lane.LIVE: f"""
SELECT m.name, count(*) {_OF_OWN}
CROSS JOIN readings AS r ON r.measurement_id = s.id AND r.ts_ms >= :since AND r.ts_ms < :until
WHERE r.lane = :lane AND r.number > x.value AND r.number > :least GROUP BY m.name
""",
    Lane.HISTORY: f"""
SELECT m.name, count(*) {JOINED}
JOIN json_each(:own) AS x ON x.key = m.name
WHERE r.lane = :lane AND r.number > :least AND r.number > x.value AND {_TAKEN} GROUP BY m.name
""",
}

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
    """The course of a register; what is not kept reading by reading is told by its roll-ups."""
    row = connection.execute(
        "SELECT s.id, m.name FROM measurements AS s JOIN meters AS m ON m.id = s.meter_id"
        " WHERE s.meter_id = ? AND s.key = ?",
        (meter_id(connection, meter), series),
    ).fetchone()
    if row is None or not bounds:
        return Course()
    known = _at_bounds(connection, row[0], bounds)
    first = min(known.values(), default=bounds[-1] + 1)
    old = rolled(connection, row[0], (bounds[0], first)) if first > bounds[0] else []
    numbers, gaps = set(known), _between(old, first if known else None, gap_ms)
    if known:
        values = {"series": row[0], "since": first, "until": bounds[-1], "gap": gap_ms}
        for number, before, since, until, is_gap in connection.execute(_BREAKS, values):
            numbers |= {number, before}
            gaps += [(since, until)] if is_gap else []
    points = {point.ts_ms: point for entry in old for point in entry.points(row[1], series)}
    told = [points[ts_ms] for ts_ms in sorted(points)]
    return Course((*told, *_of_numbers(connection, numbers)), tuple(gaps))


def _between(steps: Sequence[Rolled], first: int | None, gap_ms: int) -> list[tuple[int, int]]:
    """The gaps between steps, which may overlap, and before the first reading that is kept."""
    gaps, reached = [], steps[0].last_ms if steps else 0
    begins = [step.first_ms for step in steps[1:]] + ([first] if steps and first else [])
    ends = [step.last_ms for step in steps[1:]] + [0]
    for begin, end in zip(begins, ends, strict=False):
        if begin - reached > gap_ms:
            gaps.append((reached, begin))
        reached = max(reached, end)
    return gaps


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


def undelivered(
    connection: sqlite3.Connection, since_ms: int, until_ms: int, reaches: Mapping[Lane, Reach]
) -> dict[str, int]:
    """How many readings of a span are not acknowledged, by meter."""
    found: Counter[str] = Counter()
    for lane, reach in reaches.items():
        if reach.shared is None and not reach.own:
            continue
        values = {"lane": lane.value, "since": since_ms, "until": until_ms}
        waiting: dict[str, int] = {}
        if reach.shared is not None:
            waiting |= connection.execute(_WAITING, {**values, "reached": reach.shared}).fetchall()
        behind = _lagging(connection, reach.behind) if lane is Lane.LIVE else reach.behind
        if behind:
            own = {**values, "own": json.dumps(behind), "least": min(behind.values())}
            waiting |= connection.execute(_OWN_WAITING[lane], own).fetchall()
        found.update(waiting)
        # What was buried lies before the cursor of its sink; another one may be further behind.
        last = (1 << 62) if reach.shared is None else reach.shared
        found.update(dict(connection.execute(_BURIED, {**values, "reached": last}).fetchall()))
    return dict(found)


def _lagging(connection: sqlite3.Connection, behind: Mapping[str, int]) -> dict[str, int]:
    """Those of the meters whose newest live reading is behind their own cursor: few, mostly."""
    newest = dict(connection.execute(_NEWEST, {"own": json.dumps(behind)}).fetchall())
    return {name: at for name, at in behind.items() if (newest.get(name) or 0) > at}


def delivered_until(connection: sqlite3.Connection, reach: Reach) -> dict[str, int]:
    """When each meter's newest acknowledged live reading was measured."""
    # The index that keeps a reading from being stored twice holds series, time, lane and number.
    rows = connection.execute(
        "WITH own AS MATERIALIZED (SELECT key, value FROM json_each(:own))"
        " SELECT m.name, max((SELECT r.ts_ms FROM readings AS r WHERE r.measurement_id = s.id"
        " AND r.lane = :lane AND r.number <= coalesce(own.value, :shared)"
        " ORDER BY r.ts_ms DESC LIMIT 1)) AS newest"
        " FROM meters AS m JOIN measurements AS s ON s.meter_id = m.id"
        " LEFT JOIN own ON own.key = m.name"
        " WHERE m.removed_ms IS NULL GROUP BY m.id HAVING newest IS NOT NULL",
        {"lane": Lane.LIVE.value, "shared": reach.shared, "own": json.dumps(reach.behind)},
    )
    return dict(rows.fetchall())


def absences(
    connection: sqlite3.Connection, since_ms: int, until_ms: int
) -> dict[str, list[tuple[int, int, float]]]:
    """The spans in which a meter that was to be polled was not there."""
    found: dict[str, list[tuple[int, int, float]]] = {}
    for name, *span in connection.execute(_ABSENCES, {"since": since_ms, "until": until_ms}):
        found.setdefault(name, []).append((span[0], span[1], span[2]))
    return found


# What a span tells of its meter is its time, doubled: even when it was there, odd when it was not.
# So the greatest so far is what was told last; before anything was told, the least to come counts.
_ABSENCES = """
WITH gaps AS MATERIALIZED (
    SELECT DISTINCT meter_id FROM meter_metrics
    WHERE timestamp > :since AND timestamp <= :until AND readings = 0 AND running_seconds > 0
), spans AS (
    SELECT id, meter_id, timestamp, seconds, running_seconds, CASE
        WHEN readings > 0 THEN 2 * timestamp
        WHEN polls_due > 0 AND running_seconds > 0 THEN 2 * timestamp + 1 END AS told
    FROM meter_metrics
    WHERE timestamp > :since AND timestamp <= :until AND meter_id IN (SELECT meter_id FROM gaps)
), known AS (
    SELECT meter_id, timestamp, seconds, running_seconds, coalesce(
        max(told) OVER (PARTITION BY meter_id ORDER BY timestamp, id),
        min(told) OVER (PARTITION BY meter_id ORDER BY timestamp DESC, id DESC)) AS last_told
    FROM spans
)
SELECT m.name, x.timestamp - CAST(round(x.seconds * 1000) AS INTEGER), x.timestamp,
    x.running_seconds
FROM known AS x JOIN meters AS m ON m.id = x.meter_id
WHERE m.removed_ms IS NULL AND x.running_seconds > 0 AND x.last_told % 2 = 1
ORDER BY m.id, x.timestamp
"""


class FiguresPart(Part):
    """The part of ``SqliteStore`` that answers what reports ask."""

    def course(self, meter: str, series: str, bounds_ms: Sequence[int], gap_ms: int) -> Course:
        """The course of a register."""
        return self._ask(lambda c: course(c, meter, series, bounds_ms, gap_ms))

    def undelivered(
        self, since_ms: int, until_ms: int, reaches: Mapping[Lane, Reach]
    ) -> dict[str, int]:
        """How many readings of a span are not acknowledged, by meter."""
        return self._ask(lambda c: undelivered(c, since_ms, until_ms, reaches))

    def delivered_until(self, reach: Reach) -> dict[str, int]:
        """When each meter's newest acknowledged live reading was measured."""
        return self._ask(lambda c: delivered_until(c, reach))

    def absences(self, since_ms: int, until_ms: int) -> dict[str, list[tuple[int, int, float]]]:
        """The spans in which a meter that was to be polled was not there."""
        return self._ask(lambda c: absences(c, since_ms, until_ms))
