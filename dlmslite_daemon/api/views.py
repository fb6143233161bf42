"""What the API shows of a meter, a reading, a sink and the whole: plain values for the envelope.

The names of the old bridge stand first (old-bridge.md 7.2), ours beside them. Each view takes what
the store has and, when the daemon runs, what the engine sees; without it the latter is None. A
secret has no place in any view: only whether there is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from attrs import asdict

from dlmslite_daemon.alarm import Alarm, Mute
from dlmslite_daemon.config.schema import MeterSettings, SeriesSettings
from dlmslite_daemon.engine.health import (
    Fault,
    Health,
    Latency,
    MeterHealth,
    SeriesHealth,
    SinkHealth,
)
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.engine.unproven import CREDENTIALS
from dlmslite_daemon.reading import Reading, ValueKind
from dlmslite_daemon.store.records import MeterMetrics, MeterRecord, SinkRecord

SECRET_KEYS = frozenset({"password", "token", "tokens", "secret"})
"""Options of sinks that hold a reference to a secret; shown as whether there is one."""


def span_end(ms: int | None) -> str:
    """Until when something lasts, for people: ``until 2026-03-01 12:00:00Z``; empty for None."""
    if ms is None:
        return ""
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC).strftime("until %Y-%m-%d %H:%M:%SZ")


def iso(ms: int | None) -> str | None:
    """A time as ISO 8601 text in UTC; None for None."""
    if ms is None:
        return None
    moment = dt.datetime.fromtimestamp(ms // 1000, dt.UTC)
    return moment.replace(microsecond=ms % 1000 * 1000).isoformat(timespec="milliseconds")


def reading_view(reading: Reading) -> dict[str, Any]:
    """One stored value; ``ts`` in ms UTC as in payloads, a number with its own digits."""
    return {
        "series": reading.series,
        "ts": reading.ts_ms,
        "value": _value(reading),
        "unit": reading.unit,
        "raw": reading.raw,
        "scaler": reading.scaler if reading.kind is ValueKind.INTEGER else None,
        "source": reading.source.value,
        "quality": reading.quality.value,
    }


def _value(reading: Reading) -> bool | int | Decimal | str:
    text = reading.value_text()
    if reading.kind is ValueKind.BOOLEAN:
        return bool(reading.raw)
    if reading.kind is ValueKind.INTEGER:
        return Decimal(text)
    # A float that JSON has no number for stays text.
    return Decimal(text) if reading.json_value() == text else text


def series_view(series: SeriesSettings) -> dict[str, Any]:
    """One configured series."""
    return asdict(series)


NOTED = ("model", "serial", "firmware", CREDENTIALS)
"""The entries of a notebook that a list shows."""


def settings_view(settings: MeterSettings) -> dict[str, Any]:
    """A meter's settings; of the password only whether there is one."""
    view = asdict(settings)
    del view["password"]
    view["auth"] = settings.auth.value
    view["password_set"] = bool(settings.password)
    return view


def meter_row(
    record: MeterRecord,
    seen: MeterHealth | None,
    *,
    last_ms: int | None,
    now_ms: int,
    metric: MeterMetrics | None,
    pending: int,
    alarms: int,
    notebook: Mapping[str, str],
) -> dict[str, Any]:
    """A meter in a list.

    Args:
        record: What the store has.
        seen: What the engine sees; None when no daemon runs.
        last_ms: The time of its newest reading.
        now_ms: Now.
        metric: Its newest row of ``meter_metrics``.
        pending: Its readings that the sink furthest behind has not acknowledged.
        alarms: Its active alarms.
        notebook: What is remembered about it.
    """
    settings = record.settings
    place = urlsplit(settings.url)
    fault = seen.last_fault if seen else None
    return {
        "id": record.id,
        "name": record.name,
        "ip_address": place.hostname,
        "port": place.port,
        "status": seen.observed.value if seen else record.desired.value,
        "client_id": settings.client,
        "server_id": settings.server,
        "last_seen": iso(last_ms),
        "last_error": fault.message if fault else None,
        "error_count": seen.polls_due - seen.polls_complete if seen else None,
        "model": notebook.get("model"),
        "serial_number": notebook.get("serial"),
        "firmware_version": notebook.get("firmware"),
        "created_at": iso(record.created_ms),
        "updated_at": iso(record.updated_ms),
        "latest_metric": metric_view(metric) if metric else None,
        "url": settings.url,
        "line": settings.endpoint,
        "desired": record.desired.value,
        "observed": seen.observed.value if seen else None,
        "reason": seen.reason if seen else None,
        "last_reading": last_ms,
        "last_reading_age": None if last_ms is None else max(0, now_ms - last_ms) // 1000,
        "success_1h": three_digits(seen.success_1h) if seen else None,
        "drift": three_digits(seen.drift_seconds) if seen else None,
        "pending": pending,
        "alarms": alarms,
        "credentials": notebook.get(CREDENTIALS),
    }


def fleet_row(seen: MeterHealth) -> dict[str, Any]:
    """What a live table shows of a meter; names as in its row of the list."""
    return {
        "id": seen.id,
        "name": seen.name,
        "line": seen.line,
        "desired": seen.desired.value,
        "observed": seen.observed.value,
        "reason": seen.reason,
        "last_reading": seen.last_reading_ms,
        "next_attempt": seen.next_attempt_ms,
        "success_1h": three_digits(seen.success_1h),
        "drift": three_digits(seen.drift_seconds),
    }


def metric_view(row: MeterMetrics) -> dict[str, Any]:
    """The newest row of ``meter_metrics`` under the old names."""
    rate = 100 * row.polls_complete / row.polls_due if row.polls_due else None
    return {
        "success_rate": three_digits(rate),
        "total_reads": row.readings + row.reads_failed,
        "successful_reads": row.readings,
        "messages_sent": row.acknowledged,
        "timestamp": iso(row.ts_ms),
    }


def meter_status(
    row: Mapping[str, Any],
    record: MeterRecord,
    seen: MeterHealth | None,
    *,
    latest: Mapping[str, Reading],
    alarms: Sequence[Alarm],
    readings_24h: int,
    delivery: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """All of one meter.

    Args:
        row: Its row in the list.
        record: What the store has.
        seen: What the engine sees; None when no daemon runs.
        latest: The newest reading of each series.
        alarms: Its active alarms.
        readings_24h: How many readings of the last 24 h are stored.
        delivery: For each sink what it has acknowledged of this meter and what is pending.
    """
    status = {
        **row,
        "settings": settings_view(record.settings),
        "stats_24h": {"total_readings": readings_24h},
        "live_stats": None,
        "values": {key: reading_view(reading) for key, reading in latest.items()},
        "active_alarms": [alarm_view(alarm) for alarm in alarms],
        "delivery": list(delivery),
    }
    if seen is not None:
        status |= _seen_view(seen)
        status["live_stats"]["mqtt_messages"] = sum(sink["acknowledged"] or 0 for sink in delivery)
    return status


def _seen_view(seen: MeterHealth) -> dict[str, Any]:
    """What only a running daemon can say of a meter."""
    due = seen.polls_due
    return {
        "live_stats": {
            "cycles": due,
            "success_rate": three_digits(100 * seen.polls_complete / due if due else None),
        },
        "session": {
            "associated": seen.associated,
            "association": seen.association,
            "agreement": dict(seen.agreement),
            "since": seen.session_since_ms,
            "connects": seen.connects,
            "associations_24h": seen.associations_24h,
            "opening": three_digits(seen.opening_seconds),
            "reassociations": seen.reassociations,
            "reassociations_1h": seen.reassociations_1h,
            "reassociations_24h": seen.reassociations_24h,
            "drift": three_digits(seen.drift_seconds),
        },
        "polls": {
            "due": due,
            "complete": seen.polls_complete,
            "overruns": seen.overruns,
            "deadlines": {name: three_digits(seconds) for name, seconds in seen.deadlines.items()},
            "latency": _latency(seen.latency),
            "next_attempt": seen.next_attempt_ms,
            "runtime": int(seen.runtime_seconds),
        },
        "series": [_series_seen(series) for series in seen.series],
        "protocol_errors": dict(seen.protocol_errors),
        "breaker": {
            "state": "closed" if seen.breaker_until_ms is None else "open",
            "failures": seen.breaker_failures,
            "until": seen.breaker_until_ms,
        },
        "since": seen.since_ms,
        "fault": fault_view(seen.last_fault),
    }


def _series_seen(series: SeriesHealth) -> dict[str, Any]:
    """One series of a meter: its last value, how often it came, how long it took."""
    view = asdict(series)
    del view["durations"]
    return {
        **view,
        "state": series.state.value,
        "success": three_digits(series.good / series.asked if series.asked else None),
        "latency": _latency(Latency.of(series.durations)),
    }


def _latency(latency: Latency | None) -> dict[str, Decimal | None] | None:
    if latency is None:
        return None
    return {name: three_digits(seconds) for name, seconds in asdict(latency).items()}


def trial_view(trial: Trial) -> dict[str, Any]:
    """How a trial of a meter went."""
    return {
        "ok": trial.ok,
        "seconds": three_digits(trial.seconds),
        "association": trial.association,
        "values": [asdict(value) for value in trial.values],
        "offer": [series_view(series) for series in trial.offers],
        "fault": fault_view(trial.fault),
    }


def fault_view(fault: Fault | None) -> dict[str, Any] | None:
    """What went wrong last, with its code and the next step."""
    return asdict(fault) if fault else None


def alarm_view(alarm: Alarm) -> dict[str, Any]:
    """One alarm."""
    return {
        "id": alarm.number,
        "subject": alarm.subject,
        "code": alarm.condition.code,
        "severity": alarm.condition.severity.value,
        "category": alarm.condition.category,
        "message": alarm.condition.message,
        "details": alarm.condition.details,
        "raised": alarm.raised_ms,
        "last": alarm.last_ms,
        "count": alarm.count,
        "flaps": alarm.flaps,
        "active": alarm.active,
        "muted": alarm.muted,
        "acknowledged": alarm.acknowledged_ms is not None,
        "acknowledged_at": alarm.acknowledged_ms,
        "acknowledged_by": alarm.acknowledged_by or None,
        "cleared": alarm.cleared_ms,
        "cleared_by": alarm.cleared_by or None,
    }


def mute_view(mute: Mute) -> dict[str, Any]:
    """What is muted, and until when."""
    return {
        "id": mute.number,
        "code": mute.code or None,
        "subject": mute.subject or None,
        "until": mute.until_ms,
        "created": mute.created_ms,
        "by": mute.by,
    }


def sink_view(
    record: SinkRecord, seen: SinkHealth | None, pending: Mapping[str, int]
) -> dict[str, Any]:
    """One sink: its settings without secrets, its delivery.

    Args:
        record: What the store has.
        seen: What its forwarder sees; None when no daemon runs.
        pending: Readings not acknowledged, by lane.
    """
    options = {
        key: value for key, value in record.settings.options.items() if key not in SECRET_KEYS
    }
    secret = any(record.settings.options.get(key) for key in SECRET_KEYS)
    tokens = record.settings.options.get("tokens")
    view: dict[str, Any] = {
        "id": record.id,
        "name": record.name,
        "kind": record.settings.kind,
        "enabled": record.settings.enabled,
        "options": options,
        "secret_set": secret,
        "tokens_set": sorted(tokens) if isinstance(tokens, Mapping) else [],
        "created": record.created_ms,
        "pending": dict(pending),
    }
    if seen is not None:
        view |= {
            "connected": seen.connected,
            "protocol": seen.protocol,
            "sent": seen.sent,
            "acknowledged": seen.acknowledged,
            "refused": seen.refused,
            "in_flight": seen.in_flight,
            "disconnections": seen.disconnections,
            "next_attempt": seen.next_attempt_ms,
            "last_puback": seen.last_puback_ms,
            "fault": fault_view(seen.last_fault),
        }
    return view


def health_view(health: Health) -> dict[str, Any]:
    """The verdict, its reasons, and the state of threads and store."""
    return {
        "overall": health.overall.name.lower(),
        "exit_code": int(health.overall),
        "reasons": list(health.reasons),
        "uptime": int(health.uptime_seconds),
        "threads": [asdict(thread) for thread in health.threads],
        "store": dict(health.store),
    }


def three_digits(value: float | None) -> Decimal | None:
    """A figure with three digits after the point; a float's own digits would say too much."""
    return None if value is None else Decimal(f"{value:.3f}").normalize() + 0
