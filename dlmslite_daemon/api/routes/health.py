"""Health: of everything for an operator, of the process for a supervisor."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import ExactJSON, success
from dlmslite_daemon.api.fleet import meter_rows, readings_24h, sink_views
from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.upkeep import broker_view, disk_view, outbox_view
from dlmslite_daemon.api.views import health_view, iso
from dlmslite_daemon.engine.health import Overall

router = APIRouter(tags=["health"])


@router.get("/api/system/health")
def system_health(request: Request, services: ServicesOf, _: Viewer) -> Response:
    """The verdict, per meter and per sink; the names of the old bridge first."""
    health = services.health()
    meters = meter_rows(services)
    now_ms = services.clock.utc_ms()
    since = now_ms - int(health.uptime_seconds * 1000) if health else None
    view: dict[str, Any] = {
        "timestamp": iso(now_ms),
        "service": {
            "active": health is not None,
            "status": "active" if health else "inactive",
            "since": iso(since),
        },
        "meters": {
            "total": len(meters),
            "by_status": dict(Counter(row["status"] for row in meters)),
        },
        "readings_24h": readings_24h(services),
        "active_alarms": dict(
            Counter(alarm.condition.severity.value for alarm in services.store.alarms())
        ),
        "version": request.app.version,
        "per_meter": [
            {key: row[key] for key in ("id", "name", "desired", "observed", "reason", "success_1h")}
            for row in meters
        ],
        "sinks": sink_views(services),
        "broker": broker_view(services),
        "outbox": outbox_view(services),
        "targets": services.reports.targets(),
    }
    if health is not None:
        view |= health_view(health)
    else:
        # Nothing can be said of what does not run; that is a failure for whoever asks.
        view |= {
            "overall": Overall.FAILED.name.lower(),
            "exit_code": int(Overall.FAILED),
            "reasons": ["no daemon runs"],
            "uptime": None,
            "threads": [],
            "store": services.store.info(),
        }
    return success(**view, disk=disk_view(view["store"]))


@router.get("/healthz")
def alive() -> Response:
    """Whether the process answers."""
    return ExactJSON({"status": "ok"})


@router.get("/readyz")
def ready(services: ServicesOf) -> Response:
    """Whether the daemon works: its threads run and its store takes readings."""
    health = services.health()
    works = (
        health is not None
        and all(thread.alive for thread in health.threads)
        and bool(health.store.get("writer_alive", True))
    )
    return ExactJSON({"status": "ok" if works else "not ready"}, 200 if works else 503)


ROUTES.add("health", Resource(router))
