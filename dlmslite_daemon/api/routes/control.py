"""What operators do to one running meter: pause, resume, restart, read.

Each takes effect at that meter's next turn and touches no other meter. The old bridge's paths and
fields stay (old-bridge.md 7.2); what its answers asked for (``action_required``: restart the whole
service) is never needed.
"""

from __future__ import annotations

from typing import Any

from attrs import asdict
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Body,
    MeterName,
    Ms,
    Operator,
    Resource,
    ServicesOf,
    to_come,
)
from dlmslite_daemon.api.views import span_end
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.engine.health import MeterHealth, Observed
from dlmslite_daemon.engine.unproven import is_unproven, prove

READ_SECONDS = 30.0  # a poll under way, a first association, and one exchange

router = APIRouter(prefix="/api/meters", tags=["control"])


class PauseBody(Body):
    """How long to pause."""

    until: Ms | None = Field(default=None, description="ms UTC; without it, until a resume.")


class ResumeBody(Body):
    """How hard to try."""

    force: bool = Field(
        default=False, description="Try at once, past an open breaker or a closed guard."
    )


class ReadBody(Body):
    """What to read."""

    obis: str = Field(max_length=64, description="The logical name, six numbers.")
    attribute: int = Field(default=2, ge=-128, le=127)
    class_id: int | None = Field(
        default=None, ge=0, le=0xFFFF, description="Without it, what has a value."
    )


@router.post("/{meter}/pause")
def pause(
    meter: MeterName, services: ServicesOf, caller: Operator, body: PauseBody | None = None
) -> Response:
    """Pause one meter and release its line; survives a restart of the daemon."""
    until = to_come(services, body.until if body else None, "until")
    seen = services.engine().pause(meter, until)
    end = span_end(until)
    services.audit(caller, "meter.pause", seen.name, end)
    return success(
        message=f"{seen.name} is paused {end}".rstrip(),
        meter_id=seen.id,
        desired=seen.desired.value,
        until=until,
        action_required=None,
    )


@router.post("/{meter}/resume")
def resume(
    meter: MeterName, services: ServicesOf, caller: Operator, body: ResumeBody | None = None
) -> Response:
    """Poll a paused meter again; by force, try at once past a breaker or a guard.

    A meter of ``import-old`` associates once first; if it refuses, it stays paused.
    """
    force = body is not None and body.force
    if not force and is_unproven(services.store, meter):
        prove(services.engine(), services.store, meter)
    seen = services.engine().resume(meter, force=force)
    services.audit(caller, "meter.resume", seen.name, "by force" if force else "")
    return success(
        message=f"{seen.name} is running",
        meter_id=seen.id,
        desired=seen.desired.value,
        action_required=None,
    )


@router.post("/{meter}/restart")
def restart(meter: MeterName, services: ServicesOf, caller: Operator) -> Response:
    """Release one meter, disconnect, and associate afresh, within one poll."""
    seen = services.engine().restart(meter)
    services.audit(caller, "meter.restart", seen.name)
    return success(
        message=f"{seen.name} is restarted",
        meter_id=seen.id,
        desired=seen.desired.value,
        note=_note(seen),
    )


def _note(seen: MeterHealth) -> str:
    """What a restart does, and what it does not: it passes no breaker and no guard."""
    if seen.observed in {Observed.BREAKER_OPEN, Observed.AUTH_ERROR}:
        return f"{seen.reason}; dlmslite-bridge resume {seen.name} --force tries at once"
    return "only this meter; the service and every other meter go on"


@router.post("/{meter}/read", status_code=202)
def read(meter: MeterName, body: ReadBody, services: ServicesOf, caller: Operator) -> Response:
    """Read one attribute now, on the thread that owns the meter's line; nothing is stored."""
    control = services.engine()
    record = services.store.meter(meter)
    series = SeriesSettings("read", body.obis, body.class_id, body.attribute)

    def work() -> dict[str, Any]:
        value = control.read(record.name, series, READ_SECONDS)
        return {"ok": value.ok, "meter_id": record.id, "attribute": body.attribute, **asdict(value)}

    target = f"{series.obis}:{series.attribute}"
    operation = services.operations.start("meter read", work)
    services.audit(caller, "meter.read", record.name, target)
    return success(202, operation=operation.view())


ROUTES.add("control", Resource(router))
