"""A scan for meters in ranges that the operator names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from attrs import asdict
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Body, Limited, Operator, Resource, ServicesOf
from dlmslite_daemon.engine.scan import Scanned, Wanted

Port = Annotated[int, Field(ge=1, le=65535)]
Range = Annotated[str, Field(max_length=64)]

router = APIRouter(prefix="/api/scan", tags=["diagnosis"])


class ScanBody(Body):
    """Where to look, and for what."""

    networks: list[Range] = Field(min_length=1, max_length=64, description="192.168.1.0/24 …")
    ports: list[Port] = Field(default_factory=lambda: [3333], min_length=1, max_length=16)
    serial: str = Field(default="", max_length=64, description="End where this meter is found.")
    wrapper: bool | None = Field(
        default=None, description="Speak the wrapper (true) or HDLC (false); else by the port."
    )


@router.post("", status_code=202)
def scan(body: ScanBody, services: ServicesOf, caller: Operator, _: Limited) -> Response:
    """Find meters: at most 4 connections a second, no endpoint of a line, never a password."""
    scanner = services.scanner()
    wanted = Wanted(
        networks=tuple(body.networks),
        ports=tuple(body.ports),
        serial=body.serial,
        wrapper=body.wrapper,
    )
    wanted.places()  # a range that makes no sense is refused here, not in the operation

    def work(tell: Callable[[str], None]) -> dict[str, Any]:
        return _view(scanner.run(wanted, tell))

    operation = services.operations.start_telling("scan", work)
    services.audit(caller, "scan", ", ".join(body.networks), f"ports {body.ports}")
    return success(202, operation=operation.view())


def _view(scanned: Scanned) -> dict[str, Any]:
    return {
        "places": scanned.places,
        "seconds": round(scanned.seconds, 1),
        "found": [asdict(seen) for seen in scanned.found],
        "match": None if scanned.match is None else asdict(scanned.match),
    }


ROUTES.add("scan", Resource(router))
