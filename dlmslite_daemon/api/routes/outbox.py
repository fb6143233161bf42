"""The outbox: for each sink what waits, since when, what is on its way, and what was refused."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.views import fault_view
from dlmslite_daemon.engine.alarm_mail import AlarmMail
from dlmslite_daemon.engine.backlog import own_meters
from dlmslite_daemon.engine.health import SinkHealth
from dlmslite_daemon.reading import Lane
from dlmslite_daemon.reports.gather import sink_facts
from dlmslite_daemon.store.records import SinkRecord

router = APIRouter(prefix="/api/outbox", tags=["outbox"])


@router.get("")
def status(services: ServicesOf, _: Viewer) -> Response:
    """Every sink: pending by lane, age of the oldest, in flight, acknowledged, dead letters."""
    health = services.health()
    seen = {sink.name: sink for sink in health.sinks} if health else {}
    sinks = [_sink(services, record, seen.get(record.name)) for record in services.store.sinks()]
    return success(count=len(sinks), last_number=services.store.last_number(), sinks=sinks)


def _sink(services: Services, record: SinkRecord, seen: SinkHealth | None) -> dict[str, Any]:
    """One sink; what only a running daemon can say is None without one."""
    store = services.store
    facts = sink_facts(store, record, None)
    # Where each meter has a connection of its own, the one that is furthest behind counts.
    own = own_meters(store, record) or [""]
    cursors = {
        lane: min(store.cursor(record.name, lane, connection) for connection in own)
        for lane in Lane
    }
    age = None if facts.oldest_ms is None else max(0, services.clock.utc_ms() - facts.oldest_ms)
    return {
        "sink": record.name,
        "kind": record.settings.kind,
        "enabled": record.settings.enabled,
        "connected": seen.connected if seen else None,
        "pending": dict(facts.pending),
        "oldest_pending": facts.oldest_ms,
        "oldest_pending_age": None if age is None else age // 1000,
        "lag": {lane.name.lower(): store.last_number() - at for lane, at in cursors.items()},
        "cursor": {lane.name.lower(): at for lane, at in cursors.items()},
        "alarms_pending": sum(AlarmMail(store, record.name, meter).pending() for meter in own),
        "dead_letters": facts.dead_letters,
        "in_flight": seen.in_flight if seen else None,
        "sent": seen.sent if seen else None,
        "acknowledged": seen.acknowledged if seen else None,
        "readings_acknowledged": sum(seen.readings_acknowledged.values()) if seen else None,
        "refused": seen.refused if seen else None,
        "last_puback": seen.last_puback_ms if seen else None,
        "next_attempt": seen.next_attempt_ms if seen else None,
        "fault": fault_view(seen.last_fault) if seen else None,
    }


ROUTES.add("outbox", Resource(router))
