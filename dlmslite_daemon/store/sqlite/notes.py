"""Notebooks, guards and counters, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part


def notebook(connection: sqlite3.Connection, meter: str) -> dict[str, str]:
    """A meter's notebook."""
    rows = connection.execute(
        "SELECT key, value FROM notebook WHERE meter_id = ? ORDER BY key",
        (meter_id(connection, meter),),
    )
    return dict(rows.fetchall())


def note(connection: sqlite3.Connection, meter: str, entries: Mapping[str, str | None]) -> None:
    """Write into a meter's notebook."""
    number = meter_id(connection, meter)
    for key, value in entries.items():
        if value is None:
            connection.execute("DELETE FROM notebook WHERE meter_id = ? AND key = ?", (number, key))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO notebook VALUES (?, ?, ?)", (number, key, value)
            )


def guard(connection: sqlite3.Connection, key: str) -> str | None:
    """A guard's stored state."""
    row = connection.execute("SELECT state FROM guards WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def save_guard(connection: sqlite3.Connection, key: str, state: str) -> None:
    """Keep a guard's state."""
    connection.execute("INSERT OR REPLACE INTO guards VALUES (?, ?)", (key, state))


def counts(connection: sqlite3.Connection, scope: str) -> dict[str, int]:
    """The counters of a scope."""
    rows = connection.execute(
        "SELECT name, value FROM counters WHERE scope = ? ORDER BY name", (scope,)
    )
    return dict(rows.fetchall())


def count(connection: sqlite3.Connection, scope: str, counts: Mapping[str, int]) -> None:
    """Add to counters."""
    connection.executemany(
        "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
        " SET value = value + excluded.value",
        [(scope, name, value) for name, value in counts.items()],
    )


class NotesPart(Part):
    """The part of ``SqliteStore`` that keeps notebooks, guards and counters."""

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        return self._ask(lambda c: notebook(c, meter))

    def note(self, meter: str, entries: Mapping[str, str | None]) -> None:
        """Write into a meter's notebook."""
        self._write(lambda c: note(c, meter, entries))

    def guard(self, key: str) -> str | None:
        """A guard's stored state."""
        return self._ask(lambda c: guard(c, key))

    def save_guard(self, key: str, state: str) -> None:
        """Keep a guard's state."""
        self._write(lambda c: save_guard(c, key, state))

    def counts(self, scope: str) -> dict[str, int]:
        """The counters of a scope."""
        return self._ask(lambda c: counts(c, scope))

    def count(self, scope: str, counts: Mapping[str, int]) -> None:
        """Add to counters."""
        self._write(lambda c: count(c, scope, counts))
