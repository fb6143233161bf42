"""Notebooks, guards, counters, marks and settings, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping

from dlmslite_daemon.store.sqlite.names import meter_id
from dlmslite_daemon.store.sqlite.part import Part


def notebook(connection: sqlite3.Connection, meter: str) -> dict[str, str]:
    """A meter's notebook."""
    rows = connection.execute(
        "SELECT key, value FROM notebook WHERE meter_id = ? ORDER BY key",
        (meter_id(connection, meter),),
    )
    return dict(rows.fetchall())


def notebooks(connection: sqlite3.Connection, keys: Collection[str]) -> dict[str, dict[str, str]]:
    """These entries of every meter's notebook."""
    found: dict[str, dict[str, str]] = {}
    for name, key, value in connection.execute(
        "SELECT m.name, n.key, n.value FROM json_each(?) AS k JOIN meters AS m"
        " JOIN notebook AS n ON n.meter_id = m.id AND n.key = k.value"
        " WHERE m.removed_ms IS NULL ORDER BY n.key",
        (json.dumps(sorted(keys)),),
    ):
        found.setdefault(name, {})[key] = value
    return found


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


def mark(connection: sqlite3.Connection, name: str) -> int:
    """Up to where some work is done."""
    row = connection.execute("SELECT number FROM marks WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def set_mark(connection: sqlite3.Connection, name: str, number: int) -> None:
    """Move a mark."""
    connection.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, number))


def settings(connection: sqlite3.Connection, prefix: str) -> dict[str, str]:
    """The settings whose keys begin so."""
    rows = connection.execute("SELECT key, value FROM settings ORDER BY key")
    return {key: value for key, value in rows if key.startswith(prefix)}


def save_setting(connection: sqlite3.Connection, key: str, value: str | None) -> None:
    """Set one, or take it back."""
    if value is None:
        connection.execute("DELETE FROM settings WHERE key = ?", (key,))
    else:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))


class NotesPart(Part):
    """The part of ``SqliteStore`` that keeps notebooks, guards, counters, marks and settings."""

    def notebook(self, meter: str) -> dict[str, str]:
        """A meter's notebook."""
        return self._ask(lambda c: notebook(c, meter))

    def notebooks(self, keys: Collection[str]) -> dict[str, dict[str, str]]:
        """These entries of every meter's notebook."""
        return self._ask(lambda c: notebooks(c, keys))

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

    def mark(self, name: str) -> int:
        """Up to where some work is done."""
        return self._ask(lambda c: mark(c, name))

    def set_mark(self, name: str, number: int) -> None:
        """Move a mark."""
        self._write(lambda c: set_mark(c, name, number))

    def setting(self, key: str) -> str | None:
        """A setting of the whole fleet."""
        return self.settings(key).get(key)

    def settings(self, prefix: str = "") -> dict[str, str]:
        """The settings whose keys begin so."""
        return self._ask(lambda c: settings(c, prefix))

    def save_setting(self, key: str, value: str | None) -> None:
        """Set one, or take it back."""
        self._write(lambda c: save_setting(c, key, value))
