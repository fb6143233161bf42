"""The way of a meter's last reading: octets, value, row, message, acknowledgement."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.logbook import frame_view
from dlmslite_daemon.api.routes.base import ROUTES, MeterName, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.views import reading_view
from dlmslite_daemon.engine.passages import Passage
from dlmslite_daemon.engine.trace import Delivery, Trace, trace

router = APIRouter(prefix="/api/meters", tags=["diagnosis"])


@router.get("/{meter}/trace")
def of_meter(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    series: Annotated[str | None, Query(max_length=64, description="Else the newest.")] = None,
) -> Response:
    """Request and reply, decoded value, row, and what became of it at each sink, with times."""
    found = trace(services.store, services.log.frames, services.passages, meter, series)
    return success(**_view(found))


def _view(found: Trace) -> dict[str, Any]:
    reading = found.reading
    return {
        "meter_id": found.meter.id,
        "meter": found.meter.name,
        "series": reading.series,
        "obis": found.series.obis,
        "request": frame_view(found.request) if found.request else None,
        "replies": [frame_view(frame) for frame in found.replies],
        "missing": found.missing,
        "row": {
            "number": reading.number,
            "lane": reading.lane.name.lower(),
            **reading_view(reading),
            "meter_ts": reading.meter_ts_ms,
            "host_ts": reading.host_ts_ms,
        },
        "deliveries": [_delivery_view(one) for one in found.deliveries],
    }


def _delivery_view(one: Delivery) -> dict[str, Any]:
    return {
        "sink": one.sink,
        "kind": one.kind,
        "acknowledged": one.acknowledged,
        "dead_letter": one.dead or None,
        "message": _passage_view(one.passage) if one.passage else None,
    }


def _passage_view(passage: Passage) -> dict[str, Any]:
    return {
        "topic": passage.topic,
        "message_id": passage.message_id,
        "octets": passage.octets,
        "readings": len(passage.numbers),
        "published": passage.published_ms,
        "answered": passage.answered_ms,
        "outcome": passage.outcome,
        "reason_code": passage.code,
        "reason": passage.reason,
    }


ROUTES.add("trace", Resource(router))
