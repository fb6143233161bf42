"""How meters, lines, sinks and the bridge did, in rows of five minutes."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import astuple

from dlmslite_daemon.store.records import (
    Interval,
    MeterMetrics,
    NetworkMetrics,
    ServiceMetrics,
    SinkMetrics,
)
from dlmslite_daemon.store.sqlite.names import OF_METER, meter_id, sink_row
from dlmslite_daemon.store.sqlite.notes import set_mark
from dlmslite_daemon.store.sqlite.part import Part
from dlmslite_daemon.store.totals import MeterTotals, ServiceTotals, SinkTotals, added

# The columns in the order of the fields, without the meter or the sink.
_METER = (
    "timestamp, seconds, polls_due, polls_complete, readings, reads_failed, avg_read_time,"
    " min_read_time, max_read_time, acknowledged, reassociations, protocol_errors, overruns,"
    " running_seconds, polls_partial, polls_empty, polls_failed, refused, errors_by_kind, failures,"
    " latency, end_to_end"
)
_NETWORK = (
    "timestamp, seconds, dlms_bytes_sent, dlms_bytes_recv, dlms_frames_sent, dlms_frames_recv,"
    " round_trip_avg, connects, round_trips, octets_discarded"
)
_SERVICE = (
    "timestamp, seconds, ready_seconds, mqtt_disconnects, readings, readings_duplicate,"
    " readings_lost, thread_restarts, store_failures"
)
_SINK = (
    "timestamp, seconds, connected_seconds, sent, acknowledged, readings_acknowledged, refused,"
    " disconnects, pending, oldest_pending_ms"
)
_JSON = 4  # the last columns of meter_metrics are JSON: two objects, two arrays

_SPAN = "min(timestamp - CAST(round(seconds * 1000) AS INTEGER)), max(timestamp)"
_WITHIN = "timestamp > ? AND timestamp <= ?"


def _marks(columns: str) -> str:
    return ", ".join("?" * len(columns.split(",")))


def record(connection: sqlite3.Connection, interval: Interval) -> None:
    """Write all rows of a span."""
    add_meter_metrics(connection, interval.meters)
    add_network_metrics(connection, interval.network)
    if interval.service is not None:
        connection.execute(
            f"INSERT INTO service_metrics ({_SERVICE}) VALUES ({_marks(_SERVICE)})",
            astuple(interval.service),
        )
    connection.executemany(
        f"INSERT INTO sink_metrics (sink_id, {_SINK})"
        f" SELECT id, {_marks(_SINK)} FROM sinks WHERE name = ?",
        [(*astuple(row)[1:], row.sink) for row in interval.sinks],
    )
    for name, number in interval.marks.items():
        set_mark(connection, name, number)


def add_meter_metrics(connection: sqlite3.Connection, rows: Sequence[MeterMetrics]) -> None:
    """Write rows of meter_metrics."""
    connection.executemany(
        f"INSERT INTO meter_metrics (meter_id, {_METER}) SELECT id, {_marks(_METER)} {OF_METER}",
        [(*_flat(row), row.meter) for row in rows],
    )


def _flat(row: MeterMetrics) -> list[object]:
    values = astuple(row, recurse=False)[1:]
    return [*values[:-_JSON], *(json.dumps(value) for value in values[-_JSON:])]


def meter_metrics(connection: sqlite3.Connection, meter: str, since_ms: int) -> list[MeterMetrics]:
    """A meter's rows of meter_metrics."""
    rows = connection.execute(
        f"SELECT {_METER} FROM meter_metrics WHERE meter_id = ? AND timestamp >= ?"
        " ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [MeterMetrics(meter, *row[:-_JSON], *_read(*row[-_JSON:])) for row in rows]


def latest_metrics(connection: sqlite3.Connection, since_ms: int) -> dict[str, MeterMetrics]:
    """The newest row of each meter."""
    rows = connection.execute(
        f"SELECT m.name, {_METER} FROM meters AS m JOIN meter_metrics AS x ON x.id = ("
        "SELECT y.id FROM meter_metrics AS y WHERE y.meter_id = m.id AND y.timestamp >= ?"
        " ORDER BY y.timestamp DESC, y.id DESC LIMIT 1) WHERE m.removed_ms IS NULL",
        (since_ms,),
    )
    return {name: MeterMetrics(name, *row[:-_JSON], *_read(*row[-_JSON:])) for name, *row in rows}


def _read(errors: str, failures: str, latency: str, end_to_end: str) -> tuple[Any, ...]:
    histograms = tuple(json.loads(latency)), tuple(json.loads(end_to_end))
    return json.loads(errors), json.loads(failures), *histograms


def add_network_metrics(connection: sqlite3.Connection, rows: Sequence[NetworkMetrics]) -> None:
    """Write rows of network_metrics."""
    connection.executemany(
        f"INSERT INTO network_metrics (meter_id, {_NETWORK})"
        f" SELECT id, {_marks(_NETWORK)} {OF_METER}",
        [(*astuple(row)[1:], row.meter) for row in rows],
    )


def network_metrics(
    connection: sqlite3.Connection, meter: str, since_ms: int
) -> list[NetworkMetrics]:
    """A meter's rows of network_metrics."""
    rows = connection.execute(
        f"SELECT {_NETWORK} FROM network_metrics WHERE meter_id = ? AND timestamp >= ?"
        " ORDER BY timestamp, id",
        (meter_id(connection, meter), since_ms),
    )
    return [NetworkMetrics(meter, *row) for row in rows]


def service_metrics(connection: sqlite3.Connection, since_ms: int) -> list[ServiceMetrics]:
    """The rows of service_metrics."""
    rows = connection.execute(
        f"SELECT {_SERVICE} FROM service_metrics WHERE timestamp >= ? ORDER BY timestamp, id",
        (since_ms,),
    )
    return [ServiceMetrics(*row) for row in rows]


def sink_metrics(connection: sqlite3.Connection, sink: str, since_ms: int) -> list[SinkMetrics]:
    """A sink's rows of sink_metrics."""
    rows = connection.execute(
        f"SELECT {_SINK} FROM sink_metrics WHERE sink_id = ? AND timestamp >= ?"
        " ORDER BY timestamp, id",
        (sink_row(connection, sink)[0], since_ms),
    )
    return [SinkMetrics(sink, *row) for row in rows]


# ---------------------------------------------------------------- sums

_METER_SUMS = (
    "seconds", "running_seconds", "polls_due", "polls_complete", "polls_partial", "polls_empty",
    "polls_failed", "readings", "acknowledged", "refused", "reads_failed", "overruns",
    "reassociations",
)  # fmt: skip
_NETWORK_SUMS = {
    "connects": "connects",
    "octets_sent": "dlms_bytes_sent",
    "octets_received": "dlms_bytes_recv",
    "octets_discarded": "octets_discarded",
    "frames_sent": "dlms_frames_sent",
    "frames_received": "dlms_frames_recv",
    "round_trips": "round_trips",
}


def meter_totals(
    connection: sqlite3.Connection, since_ms: int, until_ms: int
) -> dict[str, MeterTotals]:
    """What the rows of each meter add up to."""
    window = (since_ms, until_ms)
    # The plain columns are added up by SQLite; of the JSON ones only the distinct texts are read.
    texts = _json_totals(connection, window)
    found: dict[int, dict[str, Any]] = {}
    sums = ", ".join(f"sum({name})" for name in _METER_SUMS)
    for number, first, last, shortest, longest, *values in connection.execute(
        f"SELECT meter_id, {_SPAN}, min(min_read_time), max(max_read_time), {sums}"
        f" FROM meter_metrics WHERE {_WITHIN} GROUP BY meter_id",
        window,
    ):
        found[number] = {
            "first_ms": first,
            "last_ms": last,
            "latency_min": shortest,
            "latency_max": longest,
            **dict(zip(_METER_SUMS, values, strict=True)),
            **texts.get(number, {}),
        }
    sums = ", ".join(f"sum({column})" for column in _NETWORK_SUMS.values())
    for number, first, last, seconds, *values in connection.execute(
        f"SELECT meter_id, {_SPAN}, total(round_trip_avg * round_trips), {sums}"
        f" FROM network_metrics WHERE {_WITHIN} GROUP BY meter_id",
        window,
    ):
        own = found.setdefault(number, {"first_ms": first, "last_ms": last})
        own["first_ms"] = min(first, own["first_ms"])
        own["last_ms"] = max(last, own["last_ms"])
        own["round_trip_seconds"] = seconds
        own.update(zip(_NETWORK_SUMS, values, strict=True))
    names = connection.execute("SELECT id, name FROM meters WHERE removed_ms IS NULL ORDER BY id")
    return {name: MeterTotals(**found[number]) for number, name in names if number in found}


def _json_totals(
    connection: sqlite3.Connection, window: tuple[int, int]
) -> dict[int, dict[str, Any]]:
    """What the JSON columns of each meter add up to."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for column in ("errors_by_kind", "failures"):
        for number, counts, rows, _ in _texts(connection, column, "{}", window):
            total = found[number].setdefault(_JSON_NAMES[column], Counter())
            for kind, count in counts.items():
                total[kind] += count * rows
    for column in ("latency", "end_to_end"):
        for number, histogram, rows, means in _texts(connection, column, "[]", window):
            own = found[number]
            many = tuple(count * rows for count in histogram)
            own[column] = added((own.get(column, ()), many))
            if column == "latency":
                own["latency_sum"] = own.get("latency_sum", 0.0) + means * sum(histogram)
    return found


_JSON_NAMES = {"errors_by_kind": "protocol_errors", "failures": "failures"}


def _texts(
    connection: sqlite3.Connection, column: str, empty: str, window: tuple[int, int]
) -> Iterator[tuple[int, Any, int, float]]:
    """Each distinct value of a JSON column, of each meter: how many rows, their means together."""
    known: dict[str, Any] = {}
    for number, text, rows, means in connection.execute(
        f"SELECT meter_id, {column}, count(*), total(avg_read_time) FROM meter_metrics"
        f" WHERE {_WITHIN} AND {column} <> ? GROUP BY meter_id, {column}",
        (*window, empty),
    ):
        if text not in known:
            known[text] = json.loads(text)
        yield number, known[text], rows, means


def service_totals(connection: sqlite3.Connection, since_ms: int, until_ms: int) -> ServiceTotals:
    """What the rows of the bridge add up to."""
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in _SERVICE.split(", ")[1:])
    first, last, *values = connection.execute(
        f"SELECT {_SPAN}, {sums} FROM service_metrics WHERE {_WITHIN}", (since_ms, until_ms)
    ).fetchone()
    return ServiceTotals(first or 0, last or 0, *values)


def sink_totals(
    connection: sqlite3.Connection, since_ms: int, until_ms: int
) -> dict[str, SinkTotals]:
    """What the rows of each sink add up to."""
    rows = connection.execute(
        f"SELECT s.name, {_SPAN}, sum(seconds), sum(connected_seconds), sum(sent),"
        " sum(acknowledged), sum(readings_acknowledged), sum(refused), sum(disconnects),"
        " max(pending), max(oldest_pending_ms) FROM sink_metrics JOIN sinks AS s ON s.id = sink_id"
        f" WHERE {_WITHIN} GROUP BY s.id ORDER BY s.id",
        (since_ms, until_ms),
    )
    return {name: SinkTotals(*row) for name, *row in rows}


class MetricsPart(Part):
    """The part of ``SqliteStore`` that keeps how all did, in rows of five minutes."""

    def record(self, interval: Interval) -> None:
        """Write all rows of a span."""
        self._write(lambda c: record(c, interval))

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Write rows of meter_metrics."""
        self._write(lambda c: add_meter_metrics(c, rows))

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows of meter_metrics."""
        return self._ask(lambda c: meter_metrics(c, meter, since_ms))

    def latest_metrics(self, since_ms: int) -> dict[str, MeterMetrics]:
        """The newest row of each meter."""
        return self._ask(lambda c: latest_metrics(c, since_ms))

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Write rows of network_metrics."""
        self._write(lambda c: add_network_metrics(c, rows))

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows of network_metrics."""
        return self._ask(lambda c: network_metrics(c, meter, since_ms))

    def service_metrics(self, since_ms: int = 0) -> list[ServiceMetrics]:
        """The rows of service_metrics."""
        return self._ask(lambda c: service_metrics(c, since_ms))

    def sink_metrics(self, sink: str, since_ms: int = 0) -> list[SinkMetrics]:
        """A sink's rows of sink_metrics."""
        return self._ask(lambda c: sink_metrics(c, sink, since_ms))

    def meter_totals(self, since_ms: int, until_ms: int) -> dict[str, MeterTotals]:
        """What the rows of each meter add up to."""
        return self._ask(lambda c: meter_totals(c, since_ms, until_ms))

    def service_totals(self, since_ms: int, until_ms: int) -> ServiceTotals:
        """What the rows of the bridge add up to."""
        return self._ask(lambda c: service_totals(c, since_ms, until_ms))

    def sink_totals(self, since_ms: int, until_ms: int) -> dict[str, SinkTotals]:
        """What the rows of each sink add up to."""
        return self._ask(lambda c: sink_totals(c, since_ms, until_ms))
