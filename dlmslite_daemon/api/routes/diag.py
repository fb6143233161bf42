"""An archive for whoever is asked for help: made, listed, fetched."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.diag import gathered
from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Body, Limited, Resource, ServicesOf

router = APIRouter(prefix="/api/diag", tags=["diagnosis"])

MEDIA = "application/zip"
ArchiveNumber = Annotated[str, Path(description="An archive's number.", max_length=32)]


class DiagBody(Body):
    """What goes in."""

    meter: str | None = Field(default=None, max_length=64, description="One; else all.")
    redact_serials: bool = Field(default=False, description="Strike serial numbers out, too.")


@router.post("", status_code=202)
def make(services: ServicesOf, caller: Admin, _: Limited, body: DiagBody | None = None) -> Response:
    """Gather configuration without secrets, states, the last frames and the log into a ZIP file."""
    wanted = body or DiagBody()
    record = services.store.meter(wanted.meter) if wanted.meter is not None else None
    name = record.name if record else None

    def work() -> dict[str, Any]:
        serials = not wanted.redact_serials
        files = gathered(services, name, serials=serials)
        return services.archives.keep(files, services.clock.utc_ms()).view()

    operation = services.operations.start("diag", work)
    services.audit(caller, "diag", name or "")
    return success(202, operation=operation.view())


@router.get(
    "/{archive}",
    response_class=Response,
    responses={200: {"content": {MEDIA: {"schema": {"type": "string", "format": "binary"}}}}},
)
def fetch(archive: ArchiveNumber, services: ServicesOf, _: Admin) -> Response:
    """The ZIP file; the last three are kept."""
    found = services.archives.get(archive)
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return Response(found.octets, media_type=MEDIA, headers=headers)


ROUTES.add("diag", Resource(router))
