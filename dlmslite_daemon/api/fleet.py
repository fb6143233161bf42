"""Gathers what the views need: store and health joined, for one meter or for all of them.

Used by several routes; asks the store as few questions as the answer allows.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from dlmslite_daemon.api.refit_view import load_view, state_view
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.views import NOTED, meter_row, meter_status, sink_view
from dlmslite_daemon.engine.backlog import Backlog
from dlmslite_daemon.engine.health import MeterHealth
from dlmslite_daemon.store.records import MeterRecord

DAY_MS = 24 * 3600 * 1000
RECENT_MS = 3600 * 1000  # a row of meter_metrics older than this is not the latest of anything


def meter_rows(services: Services) -> list[dict[str, Any]]:
    """Every meter as a row of the list; the store is asked no more for a thousand than for one."""
    store, now_ms = services.store, services.clock.utc_ms()
    seen, pending = _seen(services), Backlog(store).of_meters()
    alarms = Counter(alarm.subject for alarm in store.alarms() if not alarm.muted)
    metrics, notebooks = store.latest_metrics(now_ms - RECENT_MS), store.notebooks(NOTED)
    records = store.meters()
    unread = any(_last_ms(seen.get(record.name)) is None for record in records)
    measured = store.last_measured() if unread else {}
    return [
        meter_row(
            record,
            state,
            last_ms=measured.get(record.name) if (at := _last_ms(state)) is None else at,
            now_ms=now_ms,
            metric=metrics.get(record.name),
            pending=pending.get(record.name, 0),
            alarms=alarms[record.name],
            notebook=notebooks.get(record.name, {}),
        )
        for record in records
        for state in [seen.get(record.name)]
    ]


def meter_whole(services: Services, name: str) -> tuple[MeterRecord, dict[str, Any]]:
    """All of one meter.

    Raises:
        UnknownMeter: There is none of this name or number.
    """
    store = services.store
    record = store.meter(name)
    seen = _seen(services).get(record.name)
    backlog = Backlog(store)
    alarms = store.alarms(subject=record.name)
    loud = sum(not alarm.muted for alarm in alarms)
    latest, now_ms = store.latest(record.name), services.clock.utc_ms()
    newest = max((reading.ts_ms for reading in latest.values()), default=None)
    metrics = store.meter_metrics(record.name, now_ms - RECENT_MS)
    row = meter_row(
        record,
        seen,
        last_ms=newest if (at := _last_ms(seen)) is None else at,
        now_ms=now_ms,
        metric=metrics[-1] if metrics else None,
        pending=backlog.of_meter(record.name),
        alarms=loud,
        notebook=store.notebook(record.name),
    )
    whole = meter_status(
        row,
        record,
        seen,
        latest=latest,
        alarms=alarms,
        readings_24h=readings_24h(services, record.name),
        delivery=_delivery(services, record.name, backlog),
    )
    if services.refit is not None:
        whole["policies"] = [state_view(state) for state in services.refit.policies(record.name)]
        whole["line_load"] = load_view(services.refit.load_with(record.settings))
    return record, whole


def readings_24h(services: Services, meter: str | None = None) -> int:
    """How many stored readings were measured in the last 24 h; of one meter, or of all."""
    return services.store.readings_since(services.clock.utc_ms() - DAY_MS, meter)


def sink_views(services: Services) -> list[dict[str, Any]]:
    """Every sink with its delivery."""
    health = services.health()
    seen = {sink.name: sink for sink in health.sinks} if health else {}
    backlog = Backlog(services.store)
    return [
        sink_view(record, seen.get(record.name), backlog.of_sink(record.name))
        for record in services.store.sinks()
    ]


def _seen(services: Services) -> dict[str, MeterHealth]:
    health = services.health()
    return {meter.name: meter for meter in health.meters} if health else {}


def _last_ms(seen: MeterHealth | None) -> int | None:
    return seen.last_reading_ms if seen else None


def _delivery(services: Services, meter: str, backlog: Backlog) -> list[dict[str, Any]]:
    health = services.health()
    seen = {sink.name: sink for sink in health.sinks} if health else {}
    now_ms = services.clock.utc_ms()
    shown = []
    for record in services.store.sinks():
        one, oldest = seen.get(record.name), backlog.oldest(record.name, meter)
        shown.append(
            {
                "sink": record.name,
                "connected": one.connected if one else None,
                "sent": one.readings_sent.get(meter, 0) if one else None,
                "acknowledged": one.readings_acknowledged.get(meter, 0) if one else None,
                "pending": backlog.of_sink(record.name, meter),
                "oldest_pending": oldest,
                "oldest_pending_age": (None if oldest is None else max(0, now_ms - oldest) // 1000),
            }
        )
    return shown
