"""How a meter and its line did, five minutes by five minutes; the names of the old bridge first."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter, Query
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, MeterName, Ms, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.views import metric_view
from dlmslite_daemon.store.records import NetworkMetrics
from dlmslite_daemon.store.totals import LATENCY_BOUNDS

PAGE = 100
PAGE_MAX = 10_000

router = APIRouter(prefix="/api/meters/{meter}", tags=["history"])

_Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="The newest so many rows.")]
_Since = Annotated[Ms | None, Query(description="Not older than this, ms UTC.")]


@router.get("/metrics")
def metrics(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    limit: _Limit = PAGE,
    since: _Since = None,
) -> Response:
    """Rows of ``meter_metrics``, oldest first."""
    record = services.store.meter(meter)
    rows = services.store.meter_metrics(record.name, since or 0)[-limit:]
    return success(
        meter_id=record.id,
        count=len(rows),
        latency_bounds=list(LATENCY_BOUNDS),
        metrics=[metric_view(row) | asdict(row) for row in rows],
    )


@router.get("/network_stats")
def network_stats(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    limit: _Limit = PAGE,
    since: _Since = None,
) -> Response:
    """Rows of ``network_metrics``, oldest first: of the meter's line, not of the host."""
    record = services.store.meter(meter)
    rows = services.store.network_metrics(record.name, since or 0)[-limit:]
    return success(
        meter_id=record.id,
        meter_name=record.name,
        count=len(rows),
        history=[_network_view(row) for row in rows],
    )


def _network_view(row: NetworkMetrics) -> dict[str, Any]:
    return {
        "dlms_requests_sent": row.frames_sent,
        "dlms_responses_recv": row.frames_received,
        "dlms_total_bytes_sent": row.octets_sent,
        "dlms_total_bytes_recv": row.octets_received,
        **asdict(row),
    }


ROUTES.add("history", Resource(router))
