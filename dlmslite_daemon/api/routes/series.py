"""Series of a meter: list, add, remove; each takes effect at the meter's next poll."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    MeterName,
    Resource,
    SeriesBody,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.api.views import series_view
from dlmslite_daemon.importers.base import series_of

router = APIRouter(prefix="/api/meters/{meter}/series", tags=["series"])

SeriesKey = Annotated[str, Path(description="A series' key.", max_length=64)]


@router.get("")
def list_series(meter: MeterName, services: ServicesOf, _: Viewer) -> Response:
    """What is read from a meter."""
    record = services.store.meter(meter)
    series = [series_view(one) for one in record.settings.series]
    return success(meter_id=record.id, count=len(series), series=series)


@router.post("", status_code=201)
def add(meter: MeterName, body: SeriesBody, services: ServicesOf, caller: Admin) -> Response:
    """Read one more series."""
    record = services.store.meter(meter)
    series = series_of(body.model_dump())
    services.engine().add_series(record.name, series)
    services.audit(caller, "series.add", record.name, f"{series.key}={series.obis}")
    return success(201, meter_id=record.id, series=series_view(series))


@router.delete("/{key}")
def remove(meter: MeterName, key: SeriesKey, services: ServicesOf, caller: Admin) -> Response:
    """Read a series no more; what is stored of it is still delivered."""
    record = services.store.meter(meter)
    services.engine().remove_series(record.name, key)
    services.audit(caller, "series.remove", record.name, key)
    return success(meter_id=record.id, message=f"{key} of {record.name} is removed")


ROUTES.add("series", Resource(router))
