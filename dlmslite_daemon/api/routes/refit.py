"""Changes to meters that stand: settings, swap, the numbers of the policies, the load of lines.

A change that touches the wire is tried on the thread that owns the line before it is saved, so it
is a slow action. Numbers of policies count at the next turn of each line, without a restart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.refit_view import knob_view, load_view, refitted_view, state_view
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    Body,
    Limited,
    MeterName,
    Resource,
    ServicesOf,
    Viewer,
)
from dlmslite_daemon.config.schema import MeterSettings
from dlmslite_daemon.importers.change import changed

router = APIRouter(prefix="/api", tags=["changes"])

Policies = dict[str, dict[str, Any]]


class PatchBody(Body):
    """What changes of a meter; what is left out stays, null takes the default back."""

    url: str | None = Field(default=None, max_length=512)
    host: str | None = Field(default=None, max_length=255, description="The meter moved there.")
    port: int | None = Field(default=None, ge=1, le=0xFFFF)
    client: int | None = Field(default=None, ge=1, le=0x7F)
    server: int | None = Field(default=None, ge=0, le=0x3FFF)
    physical: int | None = Field(default=None, ge=0, le=0x3FFF)
    auth: str | None = None
    password: SecretStr | None = Field(
        default=None, description="The password, or a reference such as env:NAME; never shown."
    )
    every: float | None = None
    timeout: float | None = None
    pause: float | None = None
    release_after: float | None = None
    zone: str | None = None
    max_info: int | None = Field(default=None, ge=32, le=2030)
    window: int | None = Field(default=None, ge=1, le=7)
    max_pdu: int | None = Field(default=None, ge=64, le=0xFFFF)
    quirks: dict[str, Any] | None = None
    battery: bool | None = None
    profile: str | None = Field(default=None, description="Device profiles, by name.")
    policies: Policies | None = Field(
        default=None, description="Policy to name to value; null takes the fleet's back."
    )
    force: bool = Field(default=False, description="Save it even if the meter does not accept it.")

    def row(self) -> dict[str, Any]:
        """What was given, as a row; the password in the open."""
        row = self.model_dump(exclude_unset=True, exclude={"password", "force"})
        if self.password is not None:
            row["password"] = self.password.get_secret_value()
        return row


class SwapBody(Body):
    """Which meter stands there now."""

    serial: str = Field(
        default="", max_length=64, description="What its label says; empty takes who answers."
    )


class PoliciesBody(Body):
    """Numbers of policies for all meters."""

    policies: Policies = Field(description="Policy to name to value; null takes the file's back.")


@router.patch("/meters/{meter}", status_code=202)
def change(
    meter: MeterName, body: PatchBody, services: ServicesOf, caller: Admin, _: Limited
) -> Response:
    """Change a meter: the new settings are tried first, and the old ones stay until accepted."""
    refit = services.changes()
    record = services.store.meter(meter)
    row = body.row()

    def apply(settings: MeterSettings) -> MeterSettings:
        fresh, policies = changed(settings, row, services.seal)
        return refit.tuning.changed(fresh, policies)

    apply(record.settings)  # what makes no sense is refused at once

    def work() -> dict[str, Any]:
        result = refit.change(record.name, apply, force=body.force)
        if result.saved:
            services.audit(caller, "meter.set", record.name, _said(row))
        return refitted_view(result)

    return success(202, operation=services.operations.start("meter set", work).view())


@router.post("/meters/{meter}/swap", status_code=202)
def swap(
    meter: MeterName,
    services: ServicesOf,
    caller: Admin,
    _: Limited,
    body: SwapBody | None = None,
) -> Response:
    """Confirm that another meter stands there now: it is asked who it is, and read from then on."""
    refit = services.changes()
    record = services.store.meter(meter)
    serial = body.serial if body else ""

    def work() -> dict[str, Any]:
        result = refit.swap(record.name, serial)
        if result.saved and result.trial is not None:
            detail = f"{result.known or 'unknown'} → {result.trial.serial or 'unknown'}"
            services.audit(caller, "meter.swap", record.name, detail)
        return refitted_view(result)

    return success(202, operation=services.operations.start("meter swap", work).view())


@router.get("/meters/{meter}/policies")
def of_meter(meter: MeterName, services: ServicesOf, _: Viewer) -> Response:
    """Every policy of a meter: state, counts, next attempt, and its numbers with their source.

    Without a daemon only the numbers; how a policy stands, its line knows.
    """
    record, refit = services.store.meter(meter), services.refit
    return success(
        meter_id=record.id,
        policies=[state_view(state) for state in refit.policies(record.name)] if refit else [],
        settings=[knob_view(knob) for knob in services.tuning().knobs(record.settings)],
    )


@router.get("/policies")
def of_all(services: ServicesOf, _: Viewer) -> Response:
    """The numbers of every policy for all meters, and who said so."""
    knobs = [knob_view(knob) for knob in services.tuning().knobs()]
    return success(count=len(knobs), settings=knobs)


@router.patch("/policies")
def tune(body: PoliciesBody, services: ServicesOf, caller: Admin) -> Response:
    """Other numbers for all meters, from their next turn on; they survive a restart."""
    refit = services.changes()
    refit.tune(body.policies)
    services.audit(caller, "policies.set", "", _said({"policies": body.policies}))
    knobs = [knob_view(knob) for knob in refit.tuning.knobs() if knob.policy in body.policies]
    return success(count=len(knobs), settings=knobs)


@router.get("/lines")
def lines(services: ServicesOf, _: Viewer) -> Response:
    """Which part of each line's time its polls take, from what they really took."""
    loads = [load_view(load) for load in services.changes().loads()]
    return success(count=len(loads), lines=loads)


def _said(row: Mapping[str, Any]) -> str:
    """What was changed, for the audit; of a secret only that it was."""
    parts = []
    for key, value in row.items():
        if key == "password":
            parts.append("password")
        elif key == "policies":
            parts += [
                f"{policy}.{name} taken back" if entry is None else f"{policy}.{name}={entry}"
                for policy, table in (value or {}).items()
                for name, entry in table.items()
            ]
        else:
            parts.append(f"{key}={value}")
    return ", ".join(parts)


ROUTES.add("refit", Resource(router))
