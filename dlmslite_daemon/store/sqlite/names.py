"""From names to the numbers of rows."""

from __future__ import annotations

import sqlite3

from dlmslite_daemon.errors import UnknownMeter, UnknownSink

# The number of a meter that is there, by its name; no row if it is gone.
OF_METER = "FROM meters WHERE name = ? AND removed_ms IS NULL"


def meter_id(connection: sqlite3.Connection, name: str | int) -> int:
    """A meter's number, by its name, its number, or its number as text.

    Raises:
        UnknownMeter: There is none.
    """
    text = str(name)
    # No name is made of digits alone, so the two cannot be mistaken.
    by_number = text.isascii() and text.isdigit() and len(text) <= 18
    query = "SELECT id FROM meters WHERE removed_ms IS NULL AND "
    if by_number:
        row = connection.execute(query + "id = ?", (int(text),)).fetchone()
    else:
        row = connection.execute(query + "name = ?", (text,)).fetchone()
    if row is None:
        raise UnknownMeter(name)
    return int(row[0])


def sink_row(connection: sqlite3.Connection, sink: str) -> tuple[int, int]:
    """A sink's number, and the reading number where it began.

    Raises:
        UnknownSink: There is none of that name.
    """
    row = connection.execute("SELECT id, since FROM sinks WHERE name = ?", (sink,)).fetchone()
    if row is None:
        raise UnknownSink(sink)
    return row[0], row[1]


class MeasurementIds:
    """Finds the row of (meter, series); remembers until a fleet change or a rollback."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int | None] = {}

    def forget(self) -> None:
        """Names may mean other rows now."""
        self._known = {}

    def find(self, connection: sqlite3.Connection, meter: str, series: str) -> int | None:
        """The row's number; None if there is no such meter or series now."""
        try:
            return self._known[meter, series]
        except KeyError:
            row = connection.execute(
                "SELECT s.id FROM measurements AS s JOIN meters AS m ON m.id = s.meter_id"
                " WHERE m.name = ? AND m.removed_ms IS NULL AND s.key = ?"
                " AND s.removed_ms IS NULL",
                (meter, series),
            ).fetchone()
            # Bounded by the fleet for known ones; unknown ones are not kept.
            if row is None:
                return None
            self._known[meter, series] = row[0]
            return int(row[0])
