"""Series of a meter: list, add, change, remove; each takes effect at the meter's next poll."""

from __future__ import annotations

from typing import Annotated

from attrs import evolve
from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    Body,
    MeterName,
    Resource,
    SeriesBody,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.api.views import series_view
from dlmslite_daemon.errors import UnknownSeries
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


class SeriesChange(Body):
    """What changes of a series; what is left out stays."""

    obis: str | None = Field(default=None, max_length=64)
    class_id: int | None = Field(
        default=None, ge=0, le=0xFFFF, description="0 takes the default back."
    )
    attribute: int | None = Field(default=None, ge=-128, le=127)
    unit: str | None = Field(default=None, max_length=32)
    enabled: bool | None = None


@router.patch("/{key}")
def change(
    meter: MeterName, key: SeriesKey, body: SeriesChange, services: ServicesOf, caller: Admin
) -> Response:
    """Read a series otherwise, or not for a while, from the meter's next poll on."""
    control = services.engine()
    record = services.store.meter(meter)
    known = {one.key: one for one in record.settings.series}
    if key not in known:
        raise UnknownSeries(record.name, key)
    values = body.model_dump(exclude_none=True)
    if values.get("class_id") == 0:
        values["class_id"] = None
    after = known[key] = evolve(known[key], **values)
    control.set_meter(evolve(record.settings, series=tuple(known.values())))
    services.audit(caller, "series.set", record.name, f"{key}: {', '.join(values) or 'nothing'}")
    return success(meter_id=record.id, series=series_view(after))


@router.delete("/{key}")
def remove(meter: MeterName, key: SeriesKey, services: ServicesOf, caller: Admin) -> Response:
    """Read a series no more; what is stored of it is still delivered."""
    record = services.store.meter(meter)
    services.engine().remove_series(record.name, key)
    services.audit(caller, "series.remove", record.name, key)
    return success(meter_id=record.id, message=f"{key} of {record.name} is removed")


ROUTES.add("series", Resource(router))
