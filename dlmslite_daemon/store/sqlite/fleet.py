"""Meters, their series and sinks as rows."""

from __future__ import annotations

import json
import sqlite3

from attrs import evolve

from dlmslite_daemon.config.load import structure, unstructure
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings, SinkSettings
from dlmslite_daemon.errors import NameTaken, UnknownSeries
from dlmslite_daemon.store.records import Desired, MeterRecord, SinkRecord
from dlmslite_daemon.store.sqlite.alarms import begin_with_what_comes
from dlmslite_daemon.store.sqlite.names import meter_id, sink_row
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.sqlite.readings import last_number

_METER = "SELECT id, settings, status, created_ms, updated_ms FROM meters WHERE removed_ms IS NULL"


def meters(connection: sqlite3.Connection) -> list[MeterRecord]:
    """All meters."""
    rows = connection.execute(f"{_METER} ORDER BY id").fetchall()
    series: dict[int, list[SeriesSettings]] = {}
    for owner, one in _series(connection, None):
        series.setdefault(owner, []).append(one)
    return [_record(row, series.get(row[0], [])) for row in rows]


def meter(connection: sqlite3.Connection, name: str | int) -> MeterRecord:
    """One meter."""
    number = meter_id(connection, name)
    row = connection.execute(f"{_METER} AND id = ?", (number,)).fetchone()
    return _record(row, [one for _, one in _series(connection, number)])


def _series(connection: sqlite3.Connection, meter: int | None) -> list[tuple[int, SeriesSettings]]:
    rows = connection.execute(
        "SELECT meter_id, key, obis, class_id, attribute, unit, enabled FROM measurements"
        " WHERE removed_ms IS NULL AND (:meter IS NULL OR meter_id = :meter)"
        " ORDER BY meter_id, position",
        {"meter": meter},
    )
    return [
        (owner, SeriesSettings(key, obis, class_id, attribute, unit, enabled=bool(enabled)))
        for owner, key, obis, class_id, attribute, unit, enabled in rows
    ]


def _record(row: tuple[int, str, str, int, int], series: list[SeriesSettings]) -> MeterRecord:
    number, settings, status, created_ms, updated_ms = row
    bare = structure(json.loads(settings), MeterSettings)
    whole = evolve(bare, series=tuple(series))
    return MeterRecord(number, whole, Desired(status), created_ms, updated_ms)


def add_meter(
    connection: sqlite3.Connection,
    settings: MeterSettings,
    now_ms: int,
    number: int | None = None,
) -> MeterRecord:
    """Enter a meter with its series, under a number if that was never given."""
    status = Desired.PAUSED if settings.paused else Desired.RUNNING
    taken = connection.execute(
        "SELECT 1 FROM meters WHERE name = ? AND removed_ms IS NULL", (settings.name,)
    ).fetchone()
    if taken:
        raise NameTaken(f"there is a meter {settings.name!r} already")
    if number is not None:
        given = connection.execute("SELECT 1 FROM meters WHERE id = ?", (number,)).fetchone()
        number = None if given else number
    row = connection.execute(
        "INSERT INTO meters (id, name, settings, status, created_ms, updated_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (number, settings.name, _bare(settings), status.value, now_ms, now_ms),
    ).lastrowid
    _put_series(connection, row or 0, settings, now_ms)
    return meter(connection, settings.name)


def set_meter(connection: sqlite3.Connection, settings: MeterSettings, now_ms: int) -> MeterRecord:
    """Replace a meter's settings and series."""
    number = meter_id(connection, settings.name)
    connection.execute(
        "UPDATE meters SET settings = ?, updated_ms = ? WHERE id = ?",
        (_bare(settings), now_ms, number),
    )
    _put_series(connection, number, settings, now_ms)
    return meter(connection, number)


def _bare(settings: MeterSettings) -> str:
    return json.dumps(unstructure(evolve(settings, series=())))


def _put_series(
    connection: sqlite3.Connection, number: int, settings: MeterSettings, now_ms: int
) -> None:
    """Make the series of a meter exactly these; a removed one comes back under its old row."""
    connection.execute(
        "UPDATE measurements SET removed_ms = ? WHERE meter_id = ? AND removed_ms IS NULL",
        (now_ms, number),
    )
    connection.executemany(
        "INSERT INTO measurements (meter_id, key, obis, class_id, attribute, unit, enabled,"
        " position) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (meter_id, key) DO UPDATE SET obis = excluded.obis,"
        " class_id = excluded.class_id, attribute = excluded.attribute, unit = excluded.unit,"
        " enabled = excluded.enabled, position = excluded.position, removed_ms = NULL",
        [
            (number, s.key, s.obis, s.class_id, s.attribute, s.unit, int(s.enabled), position)
            for position, s in enumerate(settings.series)
        ],
    )


def set_desired(
    connection: sqlite3.Connection, name: str, desired: Desired, now_ms: int
) -> MeterRecord:
    """Run or pause a meter."""
    number = meter_id(connection, name)
    connection.execute(
        "UPDATE meters SET status = ?, updated_ms = ? WHERE id = ?",
        (desired.value, now_ms, number),
    )
    return meter(connection, number)


def remove_meter(connection: sqlite3.Connection, name: str, now_ms: int) -> None:
    """Remove a meter; its rows stay for what is not delivered yet."""
    connection.execute(
        "UPDATE meters SET removed_ms = ? WHERE id = ?", (now_ms, meter_id(connection, name))
    )


def add_series(
    connection: sqlite3.Connection, name: str, series: SeriesSettings, now_ms: int
) -> MeterRecord:
    """Enter a series."""
    known = meter(connection, name).settings
    if any(one.key == series.key for one in known.series):
        raise NameTaken(f"meter {known.name!r} has a series {series.key!r} already")
    return set_meter(connection, evolve(known, series=(*known.series, series)), now_ms)


def remove_series(connection: sqlite3.Connection, name: str, key: str, now_ms: int) -> MeterRecord:
    """Remove a series."""
    known = meter(connection, name).settings
    kept = tuple(one for one in known.series if one.key != key)
    if len(kept) == len(known.series):
        raise UnknownSeries(known.name, key)
    return set_meter(connection, evolve(known, series=kept), now_ms)


# ---------------------------------------------------------------- sinks


def sinks(connection: sqlite3.Connection) -> list[SinkRecord]:
    """All sinks."""
    rows = connection.execute(
        "SELECT id, name, kind, enabled, options, since, created_ms FROM sinks ORDER BY id"
    )
    return [
        SinkRecord(
            number,
            SinkSettings(name, kind, enabled=bool(enabled), options=json.loads(options)),
            since,
            created_ms,
        )
        for number, name, kind, enabled, options, since, created_ms in rows
    ]


def add_sink(
    connection: sqlite3.Connection, settings: SinkSettings, now_ms: int, *, from_beginning: bool
) -> SinkRecord:
    """Enter a sink."""
    if any(record.name == settings.name for record in sinks(connection)):
        raise NameTaken(f"there is a sink {settings.name!r} already")
    connection.execute(
        "INSERT INTO sinks (name, kind, enabled, options, since, created_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            settings.name,
            settings.kind,
            int(settings.enabled),
            json.dumps(settings.options),
            0 if from_beginning else last_number(connection),
            now_ms,
        ),
    )
    if not from_beginning:
        begin_with_what_comes(connection, settings.name)
    return _sink(connection, settings.name)


def set_sink(connection: sqlite3.Connection, settings: SinkSettings) -> SinkRecord:
    """Replace a sink's settings."""
    number, _ = sink_row(connection, settings.name)
    connection.execute(
        "UPDATE sinks SET kind = ?, enabled = ?, options = ? WHERE id = ?",
        (settings.kind, int(settings.enabled), json.dumps(settings.options), number),
    )
    return _sink(connection, settings.name)


def remove_sink(connection: sqlite3.Connection, name: str) -> None:
    """Remove a sink with its cursors and dead letters."""
    number, _ = sink_row(connection, name)
    connection.execute("DELETE FROM sinks WHERE id = ?", (number,))


def _sink(connection: sqlite3.Connection, name: str) -> SinkRecord:
    return next(record for record in sinks(connection) if record.name == name)


class FleetPart(Part):
    """The part of ``SqliteStore`` that keeps meters, their series, and sinks."""

    def meters(self) -> list[MeterRecord]:
        """All meters."""
        return self._ask(meters)

    def meter(self, name: str | int) -> MeterRecord:
        """One meter."""
        return self._ask(lambda c: meter(c, name))

    def add_meter(self, settings: MeterSettings, number: int | None = None) -> MeterRecord:
        """Enter a meter."""
        return self._change(lambda c: add_meter(c, settings, self._clock.utc_ms(), number))

    def set_meter(self, settings: MeterSettings) -> MeterRecord:
        """Replace a meter's settings."""
        return self._change(lambda c: set_meter(c, settings, self._clock.utc_ms()))

    def set_desired(self, meter: str, desired: Desired) -> MeterRecord:
        """Run or pause a meter."""
        return self._write(lambda c: set_desired(c, meter, desired, self._clock.utc_ms()))

    def remove_meter(self, meter: str) -> None:
        """Remove a meter."""
        self._change(lambda c: remove_meter(c, meter, self._clock.utc_ms()))

    def add_series(self, meter: str, series: SeriesSettings) -> MeterRecord:
        """Enter a series."""
        return self._change(lambda c: add_series(c, meter, series, self._clock.utc_ms()))

    def remove_series(self, meter: str, key: str) -> MeterRecord:
        """Remove a series."""
        return self._change(lambda c: remove_series(c, meter, key, self._clock.utc_ms()))

    def sinks(self) -> list[SinkRecord]:
        """All sinks."""
        return self._ask(sinks)

    def add_sink(self, settings: SinkSettings, *, from_beginning: bool = False) -> SinkRecord:
        """Enter a sink."""
        now_ms = self._clock.utc_ms()
        start = from_beginning
        return self._write(lambda c: add_sink(c, settings, now_ms, from_beginning=start))

    def set_sink(self, settings: SinkSettings) -> SinkRecord:
        """Replace a sink's settings."""
        return self._write(lambda c: set_sink(c, settings))

    def remove_sink(self, sink: str) -> None:
        """Remove a sink."""
        self._write(lambda c: remove_sink(c, sink))
