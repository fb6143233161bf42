"""Builds an old bridge's ``admin.db`` from the facts of old-bridge.md 3.1; dirty rows included."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

METERS = """
CREATE TABLE meters (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE,
  ip_address VARCHAR(45) NOT NULL, port INTEGER, client_id INTEGER, server_id INTEGER, {password}
  status VARCHAR(20), last_seen DATETIME, last_error TEXT, error_count INTEGER, process_id INTEGER,
  tb_enabled BOOLEAN, tb_host VARCHAR(255), tb_port INTEGER, tb_token VARCHAR(100),
  tb_device_name VARCHAR(100), model VARCHAR(100), serial_number VARCHAR(100),
  firmware_version VARCHAR(50), created_at DATETIME, updated_at DATETIME);
CREATE TABLE meter_configs (id INTEGER PRIMARY KEY, meter_id INTEGER NOT NULL,
  measurement_name VARCHAR(50) NOT NULL, obis_code VARCHAR(20) NOT NULL, enabled BOOLEAN,
  sampling_interval FLOAT, tb_key VARCHAR(50), created_at DATETIME, updated_at DATETIME);
CREATE TABLE alarms (id INTEGER PRIMARY KEY, meter_id INTEGER NOT NULL, severity VARCHAR(20),
  category VARCHAR(50), message TEXT, details TEXT, acknowledged BOOLEAN,
  acknowledged_at DATETIME, acknowledged_by VARCHAR(100), timestamp DATETIME);
"""
FIVE = ("voltage_l1", "current_l1", "frequency", "active_power", "active_energy")


class OldDatabase:
    """A file that grows row by row.

    Args:
        path: Where it is made.
        password: Whether ``meters`` has the column that came later.
    """

    def __init__(self, path: Path, *, password: bool = True) -> None:
        self.path = path
        column = "password VARCHAR(50)," if password else ""
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(METERS.format(password=column))

    def meter(self, number: int, name: str, **columns: Any) -> OldDatabase:
        """A meter as the old bridge made one: ThingsBoard's old broker, no token."""
        row = {
            "id": number, "name": name, "ip_address": "192.0.2.7", "port": 3333, "client_id": 1,
            "server_id": 1, "status": "active", "tb_enabled": 1, "tb_host": "localhost",
            "tb_port": 1884, "tb_token": "", **columns,
        }  # fmt: skip
        return self._insert("meters", row)

    def config(self, meter: int, name: str, **columns: Any) -> OldDatabase:
        """One measurement; the code beside it is decoration, of another channel."""
        row = {
            "meter_id": meter, "measurement_name": name, "obis_code": "1.0.32.7.0.255",
            "enabled": 1, "sampling_interval": 5.0, **columns,
        }  # fmt: skip
        return self._insert("meter_configs", row)

    def five(self, meter: int) -> OldDatabase:
        """The five measurements of the lab."""
        for name in FIVE:
            self.config(meter, name)
        return self

    def alarm(self, meter: int, message: str, **columns: Any) -> OldDatabase:
        """One row of an alarm."""
        row = {
            "meter_id": meter, "severity": "error", "category": "connection", "message": message,
            "acknowledged": 0, "timestamp": "2025-11-04 16:58:00.123456", **columns,
        }  # fmt: skip
        return self._insert("alarms", row)

    def _insert(self, table: str, row: dict[str, Any]) -> OldDatabase:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values())
            )
        return self
