"""Meters: list, status, add, remove.

The old bridge's paths and names stay (old-bridge.md 7.2). Adding is a slow action: the meter is
tried first, on the thread that owns its line, then saved, and polled from then on.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.fleet import meter_rows, meter_whole
from dlmslite_daemon.api.refit_view import refitted_view
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    Body,
    MeterName,
    Name,
    Resource,
    SeriesBody,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.errors import NameTaken
from dlmslite_daemon.importers.change import meters_of

SECONDS_MAX = 31_536_000  # a year; a longer span is a slip

router = APIRouter(prefix="/api/meters", tags=["meters"])


class MeterBody(Body):
    """A meter to add; what is left out takes the daemon's default."""

    name: Name
    url: str = Field(max_length=512)
    client: int | None = Field(default=None, ge=1, le=0x7F)
    server: int | None = Field(default=None, ge=0, le=0x3FFF)
    auth: str | None = Field(default=None, pattern="^(none|lls)$")
    password: SecretStr | None = Field(
        default=None, description="The password, or a reference such as env:NAME; never shown."
    )
    series: list[SeriesBody] = Field(
        default_factory=list, description="Without any, what the meter has is read and offered."
    )
    every: float | None = Field(default=None, ge=1, le=SECONDS_MAX)
    timeout: float | None = Field(default=None, gt=0, le=SECONDS_MAX)
    pause: float | None = Field(default=None, ge=0, le=SECONDS_MAX)
    release_after: float | None = Field(default=None, ge=0, le=SECONDS_MAX)
    zone: str | None = Field(default=None, max_length=64)
    max_info: int | None = Field(default=None, ge=32, le=2030)
    window: int | None = Field(default=None, ge=1, le=7)
    max_pdu: int | None = Field(default=None, ge=64, le=0xFFFF)
    quirks: dict[str, Any] | None = None
    physical: int | None = Field(
        default=None, ge=0, le=0x3FFF, description="The physical device, if it has one."
    )
    battery: bool | None = None
    policies: dict[str, dict[str, Any]] | None = None
    profile: str | None = Field(
        default=None,
        max_length=256,
        description="Device profiles by name: they fill in what is not said.",
    )
    serial: str | None = Field(
        default=None, max_length=64, description="The serial number, where it is an address."
    )
    force: bool = Field(default=False, description="Save it even if the trial fails.")

    def row(self) -> dict[str, Any]:
        """What was given, as a row that ``importers`` understand; the password in the open."""
        row = self.model_dump(exclude_none=True, exclude={"password", "force"})
        if self.password is not None:
            row["password"] = self.password.get_secret_value()
        return row


@router.get("")
def list_meters(services: ServicesOf, _: Viewer) -> Response:
    """Every meter: desired and observed state, age of the last reading, success, backlog."""
    rows = meter_rows(services)
    return success(count=len(rows), meters=rows)


@router.get("/{meter}/status")
def status(meter: MeterName, services: ServicesOf, _: Viewer) -> Response:
    """All of one meter."""
    record, view = meter_whole(services, meter)
    return success(meter_id=record.id, status=view)


@router.post("", status_code=202)
def add(body: MeterBody, services: ServicesOf, caller: Admin) -> Response:
    """Try a meter, then save it and poll it; without series or profile, offer what it has."""
    refit = services.changes()
    row = body.row()
    forms = meters_of(row, services.seal)
    name = forms[0].name
    if any(record.name == name for record in services.store.meters()):
        raise NameTaken(f"there is a meter {name!r} already")
    refit.tuning.check(forms[0])

    def work() -> dict[str, Any]:
        result = refit.add(*forms, force=body.force, choosy=not body.series)
        if result.saved:
            services.audit(caller, "meter.add", name, forms[0].url)
        return refitted_view(result)

    operation = services.operations.start("meter add", work)
    return success(202, operation=operation.view())


@router.delete("/{meter}")
def remove(meter: MeterName, services: ServicesOf, caller: Admin) -> Response:
    """Remove a meter; what is stored of it is still delivered."""
    record = services.store.meter(meter)
    services.engine().remove_meter(record.name)
    services.audit(caller, "meter.remove", record.name)
    return success(message=f"{record.name} is removed", meter_id=record.id)


ROUTES.add("meters", Resource(router))
