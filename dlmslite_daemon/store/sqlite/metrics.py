"""How meters and lines did, in rows of five minutes, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import astuple

from dlmslite_daemon.store.records import MeterMetrics, NetworkMetrics
from dlmslite_daemon.store.sqlite.names import OF_METER, meter_id
from dlmslite_daemon.store.sqlite.part import Part


def add_meter_metrics(connection: sqlite3.Connection, rows: Sequence[MeterMetrics]) -> None:
    """Write rows of meter_metrics."""
    connection.executemany(
        "INSERT INTO meter_metrics (meter_id, timestamp, seconds, polls_due, polls_complete,"
        " readings, reads_failed, avg_read_time, min_read_time, max_read_time, acknowledged,"
        " reassociations, protocol_errors, overruns)"
        f" SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? {OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
    )


def meter_metrics(connection: sqlite3.Connection, meter: str, since_ms: int) -> list[MeterMetrics]:
    """A meter's rows of meter_metrics."""
    rows = connection.execute(
        "SELECT timestamp, seconds, polls_due, polls_complete, readings, reads_failed,"
        " avg_read_time, min_read_time, max_read_time, acknowledged, reassociations,"
        " protocol_errors, overruns FROM meter_metrics WHERE meter_id = ? AND timestamp >= ?"
        " ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [MeterMetrics(meter, *row) for row in rows]


def add_network_metrics(connection: sqlite3.Connection, rows: Sequence[NetworkMetrics]) -> None:
    """Write rows of network_metrics."""
    connection.executemany(
        "INSERT INTO network_metrics (meter_id, timestamp, seconds, dlms_bytes_sent,"
        " dlms_bytes_recv, dlms_frames_sent, dlms_frames_recv, round_trip_avg, connects)"
        f" SELECT id, ?, ?, ?, ?, ?, ?, ?, ? {OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
    )


def network_metrics(
    connection: sqlite3.Connection, meter: str, since_ms: int
) -> list[NetworkMetrics]:
    """A meter's rows of network_metrics."""
    rows = connection.execute(
        "SELECT timestamp, seconds, dlms_bytes_sent, dlms_bytes_recv, dlms_frames_sent,"
        " dlms_frames_recv, round_trip_avg, connects FROM network_metrics"
        " WHERE meter_id = ? AND timestamp >= ? ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [NetworkMetrics(meter, *row) for row in rows]


class MetricsPart(Part):
    """The part of ``SqliteStore`` that keeps how meters and lines did, in rows of five minutes."""

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Write rows of meter_metrics."""
        self._write(lambda c: add_meter_metrics(c, rows))

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows of meter_metrics."""
        return self._ask(lambda c: meter_metrics(c, meter, since_ms))

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Write rows of network_metrics."""
        self._write(lambda c: add_network_metrics(c, rows))

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows of network_metrics."""
        return self._ask(lambda c: network_metrics(c, meter, since_ms))
