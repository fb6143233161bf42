"""Sinks' cursors and dead letters as rows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from attrs import define

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.store.records import DeadLetter
from dlmslite_daemon.store.sqlite.names import MeasurementIds, sink_row
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.readings import last_number, pending
from dlmslite_daemon.store.sqlite.writer import Job, Writer
from dlmslite_daemon.store.ticket import Stored, Ticket


def cursor(connection: sqlite3.Connection, sink: str, lane: Lane, name: str) -> int:
    """Where a cursor stands."""
    sink_id, since = sink_row(connection, sink)
    own, shared, least = connection.execute(
        "SELECT max(CASE WHEN connection = :name THEN number END),"
        " max(CASE WHEN connection = '' THEN number END), min(number)"
        " FROM cursors WHERE sink_id = :sink AND lane = :lane",
        {"sink": sink_id, "lane": lane.value, "name": name},
    ).fetchone()
    known = (own, shared, None if name else least)
    return next((int(number) for number in known if number is not None), since)


class Advances:
    """Cursors on their way to the disk: of one cursor only the newest number is written.

    A forwarder moves its cursor with every answer, some thousand times a second; one statement for
    each commit is enough.

    Args:
        hand_over: Gives a job to the writer.
    """

    def __init__(self, hand_over: Callable[[Job[None]], None]) -> None:
        self._hand_over = hand_over
        self._lock = threading.Lock()
        self._open: dict[tuple[str, Lane, str], _Advance] = {}

    def add(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards with the next commit."""
        ticket = Ticket()
        key = (sink, lane, connection)
        with self._lock:
            advance = self._open.get(key)
            if advance is not None:
                advance.number = max(advance.number, number)
                advance.tickets.append(ticket)
                return ticket
            advance = self._open[key] = _Advance(number, [ticket])

        def write(database: sqlite3.Connection) -> None:
            # From here on a later number needs a job of its own; a job that is tried again
            # finds nothing of itself left here.
            with self._lock:
                if self._open.get(key) is advance:
                    del self._open[key]
            _move(database, sink, lane, connection, advance.number)

        def failed(error: BridgeError) -> None:
            with self._lock:
                if self._open.get(key) is advance:
                    del self._open[key]
            for waiting in advance.tickets:
                waiting.fail(error)

        def done(_: None) -> None:
            for waiting in advance.tickets:
                waiting.resolve(Stored(0))

        self._hand_over(Job(write, done, failed))
        return ticket


@define
class _Advance:
    number: int
    tickets: list[Ticket]


def _move(connection: sqlite3.Connection, sink: str, lane: Lane, name: str, number: int) -> None:
    sink_id, since = sink_row(connection, sink)
    connection.execute(
        "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
        " SET number = max(number, excluded.number)",
        (sink_id, lane.value, name, max(since, number)),
    )


def join_cursors(connection: sqlite3.Connection, sink: str, own: Collection[str] | None) -> None:
    """Bring all cursors of a sink to the shared one."""
    sink_id, _ = sink_row(connection, sink)
    gone = connection.execute(
        "SELECT DISTINCT connection FROM cursors WHERE sink_id = ? AND connection <> ''"
        " AND connection NOT IN (SELECT name FROM meters WHERE removed_ms IS NULL)",
        (sink_id,),
    ).fetchall()
    joined = []
    for lane in Lane:
        number = cursor(connection, sink, lane, "")
        if own is not None:
            names = {*own, *(name for (name,) in gone)}
            at = {name: cursor(connection, sink, lane, name) for name in names}
            behind = (n for name, n in at.items() if pending(connection, lane, n, (name,), 1))
            number = min(behind, default=last_number(connection))
        joined.append((sink_id, lane.value, number))
    connection.execute("DELETE FROM cursors WHERE sink_id = ?", (sink_id,))
    connection.executemany("INSERT INTO cursors VALUES (?, ?, '', ?)", joined)


def add_dead_letter(connection: sqlite3.Connection, letter: DeadLetter) -> None:
    """Keep a refused message."""
    sink_id, _ = sink_row(connection, letter.sink)
    connection.execute(
        "INSERT INTO dead_letters (sink_id, lane, first, last, topic, payload, reason, ts_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sink_id,
            letter.lane.value,
            letter.first,
            letter.last,
            letter.topic,
            letter.payload,
            letter.reason,
            letter.ts_ms,
        ),
    )


def dead_letters(connection: sqlite3.Connection, sink: str, limit: int) -> list[DeadLetter]:
    """The newest dead letters of a sink."""
    sink_id, _ = sink_row(connection, sink)
    rows = connection.execute(
        "SELECT lane, first, last, topic, payload, reason, ts_ms, id FROM dead_letters"
        " WHERE sink_id = ? ORDER BY id DESC LIMIT ?",
        (sink_id, limit),
    )
    return [DeadLetter(sink, Lane(lane), *rest) for lane, *rest in rows]


def readings_between(
    connection: sqlite3.Connection, lane: Lane, after: int, until: int
) -> dict[str, int]:
    """How many readings of each meter have such a number."""
    rows = connection.execute(
        "SELECT m.name, sum(r.count) FROM (SELECT measurement_id, count(*) AS count FROM readings"
        " WHERE lane = ? AND number > ? AND number <= ? GROUP BY measurement_id) AS r"
        " JOIN measurements AS s ON s.id = r.measurement_id JOIN meters AS m ON m.id = s.meter_id"
        " GROUP BY m.name",
        (lane.value, after, until),
    )
    return dict(rows.fetchall())


class DeliveryPart(Part):
    """The part of ``SqliteStore`` that keeps how far each sink has come, and what it refused."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        metrics: Metrics,
        writer: Writer | None,
        ids: MeasurementIds,
    ) -> None:
        super().__init__(path, clock, metrics, writer, ids)
        self._advances = Advances(self._hand_over)

    def cursor(self, sink: str, lane: Lane, connection: str = "") -> int:
        """Where a cursor stands."""
        return self._ask(lambda c: cursor(c, sink, lane, connection))

    def advance(self, sink: str, lane: Lane, connection: str, number: int) -> Ticket:
        """Move a cursor forwards."""
        return self._advances.add(sink, lane, connection, number)

    def join_cursors(self, sink: str, own: Collection[str] | None) -> None:
        """Bring all cursors of a sink to the shared one."""
        self._write(lambda c: join_cursors(c, sink, own))

    def pending(
        self, lane: Lane, number: int, meters: Sequence[str] | None = None, limit: int = 100_000
    ) -> int:
        """How many readings of a lane follow a number."""
        return self._ask(lambda c: pending(c, lane, number, meters, limit))

    def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a refused message."""
        self._write(lambda c: add_dead_letter(c, letter))

    def dead_letters(self, sink: str, limit: int = 100) -> list[DeadLetter]:
        """The newest dead letters of a sink."""
        return self._ask(lambda c: dead_letters(c, sink, limit))

    def readings_between(self, lane: Lane, after: int, until: int) -> dict[str, int]:
        """How many readings of each meter have such a number."""
        return self._ask(lambda c: readings_between(c, lane, after, until))
