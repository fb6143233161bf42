"""Slow actions: how one stands."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer

router = APIRouter(prefix="/api/operations", tags=["operations"])


@router.get("/{number}")
def follow(number: str, services: ServicesOf, _: Viewer) -> Response:
    """An operation: running, done with its result, or failed with its error."""
    return success(operation=services.operations.get(number).view())


ROUTES.add("operations", Resource(router))
