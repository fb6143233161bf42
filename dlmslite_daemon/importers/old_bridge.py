"""Reads the old bridge's ``admin.db``: its meters, what it measured, its alarms.

The file is opened for reading only. SQLite's columns hold whatever was put into them, so nothing is
believed here beyond "these are the old tables": rows go on as they are, and ``handover.py`` judges
each. Alarms that only repeat one another become one with a count: the old bridge wrote a row each
time.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import field, frozen

from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.importers.old_values import TEXT_MAX

ALARMS_MAX = 2000  # alarms taken over, the newest; more is history that nobody acts upon
CONFIGS_MAX = 1000  # rows of one meter; there are nine measurements
METERS_MAX = 10_000
BUSY_SECONDS = 5.0  # the old service may be writing

_MAGIC = b"SQLite format 3\0"
_NEEDED = ("id", "name", "ip_address")
_METER = (
    "id", "name", "ip_address", "port", "client_id", "server_id", "password", "status",
    "tb_enabled", "tb_host", "tb_port", "tb_token", "tb_device_name", "serial_number",
)  # fmt: skip
_CONFIG = ("measurement_name", "obis_code", "enabled", "sampling_interval")


class OldBridgeUnreadable(BridgeError):
    """The file is no database of the old bridge, or cannot be read."""

    code = "E-OLD-BRIDGE"


@frozen
class OldBridge:
    """What the file says, as it stands there.

    Attributes:
        meters: Each meter's columns, with its rows of ``meter_configs`` under ``configs``.
        alarms: Each alarm's columns, with ``count``, ``first`` and ``last``; newest first.
        alarms_left: How many alarms are not among them.
    """

    meters: tuple[dict[str, Any], ...] = field(repr=False)
    alarms: tuple[dict[str, Any], ...] = ()
    alarms_left: int = 0

    def body(self, *, dry_run: bool) -> dict[str, Any]:
        """What the API takes."""
        return {"meters": list(self.meters), "alarms": list(self.alarms), "dry_run": dry_run}


def read(path: Path, only: int | None = None) -> OldBridge:
    """All meters of a file, or one.

    Args:
        path: The old ``admin.db``.
        only: The number of one meter; None for all.

    Raises:
        OldBridgeUnreadable: It cannot be read, or is no database of the old bridge.
    """
    _look(path)
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as connection:
            connection.text_factory = lambda octets: octets.decode("utf-8", "replace")
            connection.row_factory = sqlite3.Row
            return _read(connection, path, only)
    except (sqlite3.Error, OverflowError) as error:
        raise OldBridgeUnreadable(
            f"{path} cannot be read as a database: {error}",
            hint="stop the old service and copy the file, or take it from a backup",
        ) from error


def _look(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise OldBridgeUnreadable(
            f"{path} cannot be read: {error.strerror}", hint="the old one is data/admin.db"
        ) from error
    if magic != _MAGIC:
        raise OldBridgeUnreadable(f"{path} is no SQLite file", hint="the old one is data/admin.db")


def _read(connection: sqlite3.Connection, path: Path, only: int | None) -> OldBridge:
    columns = _columns(connection, "meters")
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        what = "has no table 'meters'" if not columns else f"has no column meters.{missing[0]}"
        raise OldBridgeUnreadable(
            f"{path} {what}: it is no database of the old bridge", hint="it is data/admin.db"
        )
    meters = tuple(_meters(connection, columns, only))
    alarms, left = _alarms(connection, only)
    return OldBridge(meters, alarms, left)


def _meters(
    connection: sqlite3.Connection, columns: set[str], only: int | None
) -> Iterator[dict[str, Any]]:
    wanted = [name for name in _METER if name in columns]
    rows = connection.execute(
        f"SELECT {', '.join(wanted)} FROM meters WHERE :only IS NULL OR id = :only"
        f" ORDER BY id LIMIT {METERS_MAX}",
        {"only": only},
    ).fetchall()
    config_columns = [name for name in _CONFIG if name in _columns(connection, "meter_configs")]
    for row in rows:
        meter = _plain(row)
        meter["configs"] = []
        if config_columns:
            meter["configs"] = [
                _plain(one)
                for one in connection.execute(
                    f"SELECT {', '.join(config_columns)} FROM meter_configs WHERE meter_id = ?"
                    f" ORDER BY id LIMIT {CONFIGS_MAX}",
                    (row["id"],),
                )
            ]
        yield meter


def _alarms(
    connection: sqlite3.Connection, only: int | None
) -> tuple[tuple[dict[str, Any], ...], int]:
    columns = _columns(connection, "alarms")
    if not {"meter_id", "severity", "category", "message", "timestamp"} <= columns:
        return (), 0
    said = "max(details)" if "details" in columns else "NULL"
    seen = "acknowledged" in columns
    acknowledged = "min(acknowledged)" if seen else "0"
    when = "max(acknowledged_at)" if "acknowledged_at" in columns else "NULL"
    whom = "max(acknowledged_by)" if "acknowledged_by" in columns else "NULL"
    grouped = (
        f"SELECT meter_id, severity, category, message, {said} AS details,"
        f" {acknowledged} AS acknowledged, {when} AS acknowledged_at, {whom} AS acknowledged_by,"
        " count(*) AS count, min(timestamp) AS first, max(timestamp) AS last FROM alarms"
        " WHERE :only IS NULL OR meter_id = :only GROUP BY meter_id, severity, category, message"
    )
    many = connection.execute(f"SELECT count(*) FROM ({grouped})", {"only": only}).fetchone()[0]
    rows = connection.execute(f"{grouped} ORDER BY last DESC LIMIT {ALARMS_MAX}", {"only": only})
    alarms = tuple(_plain(row) for row in rows)
    return alarms, many - len(alarms)


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {str(row["name"]) for row in connection.execute(f"PRAGMA table_info({table})")}


def _plain(row: sqlite3.Row) -> dict[str, Any]:
    """A row in what JSON has: octets become text, no number is infinite."""
    plain: dict[str, Any] = {}
    for name in row.keys():  # noqa: SIM118 - iterating a Row gives its values
        value = row[name]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, float) and not math.isfinite(value):
            value = None
        plain[name] = value[:TEXT_MAX] if isinstance(value, str) else value
    return plain
