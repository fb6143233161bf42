"""Readings by the quarter of an hour and by the day, and what is old, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from attrs import astuple

from dlmslite_daemon.reading import Lane, Quality, ValueKind, decimal_text
from dlmslite_daemon.store.records import Ages
from dlmslite_daemon.store.rollup import Gathering, Rollup, Step, days, merged, quarter_of
from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.notes import mark, set_mark
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.readings import last_number

ROLLED = "rolled"  # the mark of the last number that is rolled up

_TABLES = {Step.QUARTER: "readings_15min", Step.DAY: "readings_daily"}
_COLUMNS = (
    "start_ms, lane, unit, count, suspect, first_ms, first, last_ms, last, lowest, highest, total"
)
_INTEGER, _BOOLEAN, _FLOAT = ValueKind.INTEGER.value, ValueKind.BOOLEAN.value, ValueKind.FLOAT.value
_ALL = (1 << 63) - 1  # more than any number: no sink is to have it
_BITE = 10_000  # rows of one table that are removed at a time, at most
_LANES = {lane.value: lane for lane in Lane}


def gather(connection: sqlite3.Connection, after: int, until: int) -> Gathering:
    """Quarters of the readings with numbers in ``(after, until]``."""
    gathering = Gathering()
    rows = connection.execute(
        "SELECT measurement_id, ts_ms, lane, kind, raw, scaler, text, unit, quality FROM readings"
        " WHERE number > ? AND number <= ?",
        (after, until),
    )
    good = Quality.GOOD.value
    for series, ts_ms, lane, kind, raw, scaler, text, unit, quality in rows:
        value = _text(kind, raw, scaler, text)
        number = value if kind == _INTEGER or (kind == _FLOAT and _finite(value)) else None
        gathering.add(
            series,
            Rollup(
                quarter_of(ts_ms), _LANES[lane], unit, 1, int(quality != good), ts_ms, value,
                ts_ms, value, number, number, number,
            ),
        )  # fmt: skip
    return gathering


def _text(kind: str, raw: int | None, scaler: int, text: str) -> str:
    if kind == _INTEGER:
        # An integer of more than 64 bits stands in the text, not scaled.
        return decimal_text(int(text) if raw is None else raw, scaler)
    if kind == _BOOLEAN:
        return "true" if raw else "false"
    return text


def _finite(text: str) -> bool:
    # The text of a float is ours: digits, or the words for what is none.
    return text.lstrip("-")[:1].isdigit()


def zones(connection: sqlite3.Connection) -> dict[int, tzinfo | None]:
    """The zone of each series' meter; None is the host's."""
    named: dict[str, tzinfo | None] = {"": None}
    found = {}
    for series, zone in connection.execute(
        "SELECT s.id, coalesce(json_extract(m.settings, '$.zone'), '')"
        " FROM measurements AS s JOIN meters AS m ON m.id = s.meter_id"
    ):
        if zone not in named:
            named[zone] = ZoneInfo(zone)
        found[series] = named[zone]
    return found


def merge(connection: sqlite3.Connection, step: Step, rows: Iterable[tuple[int, Rollup]]) -> None:
    """Merge rows into those that are there."""
    table = _TABLES[step]
    ask = f"SELECT {_COLUMNS} FROM {table} WHERE measurement_id = ? AND start_ms = ? AND lane = ?"
    write = f"INSERT OR REPLACE INTO {table} (measurement_id, {_COLUMNS})"
    write += " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    fresh = []
    for series, row in rows:
        known = connection.execute(ask, (series, row.start_ms, row.lane.value)).fetchone()
        whole = row if known is None else merged(_rollup(known), row)
        fresh.append((series, *_flat(whole)))
    connection.executemany(write, fresh)


def _rollup(row: tuple[int, int, str, int, int, int, str, int, str, str, str, str]) -> Rollup:
    start_ms, lane, *rest = row
    return Rollup(start_ms, _LANES[lane], *rest)  # type: ignore[arg-type]  # as the columns are


def _flat(row: Rollup) -> tuple[object, ...]:
    start_ms, lane, *rest = astuple(row, recurse=False)
    return (start_ms, lane.value, *rest)


def rollups(
    connection: sqlite3.Connection,
    meter: str,
    series: str,
    step: Step,
    since_ms: int,
    until_ms: int,
) -> list[Rollup]:
    """The rows of a series."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {_TABLES[step]} WHERE measurement_id ="
        " (SELECT id FROM measurements WHERE meter_id = ? AND key = ?)"
        " AND start_ms >= ? AND start_ms < ? ORDER BY start_ms, lane",
        (meter_id(connection, meter), series, since_ms, until_ms),
    )
    return [_rollup(row) for row in rows]


def prune_readings(
    connection: sqlite3.Connection,
    before_ms: int,
    after: int,
    limit: int,
    excused: Container[tuple[str, str]],
) -> tuple[int, int]:
    """Remove the next readings that are too old."""
    until, oldest = connection.execute(
        "SELECT max(number), min(host_ts_ms) FROM"
        " (SELECT number, host_ts_ms FROM readings WHERE number > ? ORDER BY number LIMIT ?)",
        (after, limit),
    ).fetchone()
    if until is None or oldest >= before_ms:
        return 0, 0
    rows = connection.execute(
        "SELECT number, measurement_id, lane FROM readings"
        " WHERE number > ? AND number <= ? AND host_ts_ms < ?",
        (after, min(until, mark(connection, ROLLED)), before_ms),
    ).fetchall()
    reached = _reached(connection, excused)
    newest = {
        number
        for (number,) in connection.execute(
            "SELECT (SELECT r.number FROM readings AS r WHERE r.measurement_id = s.id"
            " ORDER BY r.ts_ms DESC, r.number DESC LIMIT 1) FROM measurements AS s"
        )
    }
    gone = [
        (number,)
        for number, series, lane in rows
        if number <= reached.get((series, lane), _ALL) and number not in newest
    ]
    connection.executemany("DELETE FROM readings WHERE number = ?", gone)
    return len(gone), until


def _reached(
    connection: sqlite3.Connection, excused: Container[tuple[str, str]]
) -> dict[tuple[int, int], int]:
    """The number up to which all enabled sinks have acknowledged each series, by lane.

    A sink may have a cursor for each meter, by the meter's name, or one for all, or both from
    before and after a change; either proves what it says.
    """
    rows = connection.execute(
        "SELECT s.id, lane.value, k.name, m.name, max(k.since,"
        " coalesce((SELECT c.number FROM cursors AS c WHERE c.sink_id = k.id"
        " AND c.lane = lane.value AND c.connection = m.name), 0),"
        " coalesce((SELECT c.number FROM cursors AS c WHERE c.sink_id = k.id"
        " AND c.lane = lane.value AND c.connection = ''), 0))"
        " FROM measurements AS s JOIN meters AS m ON m.id = s.meter_id"
        " JOIN sinks AS k ON k.enabled JOIN (SELECT 0 AS value UNION SELECT 1) AS lane"
    )
    found: dict[tuple[int, int], int] = {}
    for series, lane, sink, meter, number in rows:
        if (sink, meter) not in excused:
            found[series, lane] = min(number, found.get((series, lane), _ALL))
    return found


def prune(connection: sqlite3.Connection, ages: Ages) -> dict[str, int]:
    """Remove all else that is too old."""
    gone: dict[str, int] = {}

    def remove(table: str, condition: str, *values: int, key: str = "id") -> None:
        # In bites: while one is removed no reading is committed.
        if key:
            condition = f"{key} IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {_BITE})"
        count = connection.execute(f"DELETE FROM {table} WHERE {condition}", values).rowcount
        if count:
            gone[table] = gone.get(table, 0) + count

    series = [row[0] for row in connection.execute("SELECT id FROM measurements")]
    for step, before in ((Step.QUARTER, ages.quarters), (Step.DAY, ages.days)):
        for number in series:  # each is one range of the table's own order
            remove(_TABLES[step], "measurement_id = ? AND start_ms < ?", number, before, key="")
    for table in ("meter_metrics", "network_metrics", "service_metrics", "sink_metrics"):
        remove(table, "timestamp < ?", ages.metrics)
    remove("dlms_diagnostics", "timestamp < ?", ages.diagnostics)
    meters = [row[0] for row in connection.execute("SELECT id FROM meters")]
    for number in meters:
        remove(
            "dlms_diagnostics",
            "meter_id = ? AND id <= (SELECT id FROM dlms_diagnostics WHERE meter_id = ?"
            " ORDER BY id DESC LIMIT 1 OFFSET ?)",
            number,
            number,
            ages.diagnostics_kept,
        )
    # What a sink is still to be told of an alarm stays, with the alarm.
    remove(
        "alarm_events",
        "ts_ms < ? AND number <= (SELECT coalesce(min(coalesce(c.number, 0)), 9223372036854775807)"
        " FROM sinks AS s LEFT JOIN alarm_cursors AS c ON c.sink_id = s.id WHERE s.enabled)",
        ages.alarms,
        key="number",
    )
    remove(
        "alarms",
        "cleared_ms < ? AND id NOT IN (SELECT alarm_id FROM alarm_events)",
        ages.alarms,
    )
    remove("audit", "ts_ms < ?", ages.audit)
    remove("dead_letters", "ts_ms < ?", ages.dead_letters)
    return gone


class RollupsPart(Part):
    """The part of ``SqliteStore`` that rolls readings up, and lets go of what is old."""

    def roll_up(self, limit: int = 100_000) -> int:
        """Merge the next readings into their quarters and days."""

        def read(connection: sqlite3.Connection) -> tuple[int, int, Gathering, Gathering]:
            after = mark(connection, ROLLED)
            until = min(last_number(connection), after + limit)
            quarters = gather(connection, after, until)
            rows = ((key[0], row) for key, row in quarters.rows.items())
            return after, until, quarters, days(rows, zones(connection))

        after, until, quarters, whole_days = self._ask(read)
        if until == after:
            return 0

        def write(connection: sqlite3.Connection) -> None:
            for step, gathered in ((Step.QUARTER, quarters), (Step.DAY, whole_days)):
                merge(connection, step, ((key[0], row) for key, row in gathered.rows.items()))
            set_mark(connection, ROLLED, until)

        self._write(write)
        return until - after

    def rollups(
        self, meter: str, series: str, step: Step, since_ms: int, until_ms: int
    ) -> list[Rollup]:
        """The rows of a series."""
        return self._ask(lambda c: rollups(c, meter, series, step, since_ms, until_ms))

    def prune_readings(
        self,
        before_ms: int,
        after: int = 0,
        limit: int = 5_000,
        excused: Container[tuple[str, str]] = (),
    ) -> tuple[int, int]:
        """Remove the next readings that are too old."""
        return self._write(lambda c: prune_readings(c, before_ms, after, limit, excused))

    def prune(self, ages: Ages) -> dict[str, int]:
        """Remove all else that is too old."""
        return self._write(lambda c: prune(c, ages))
