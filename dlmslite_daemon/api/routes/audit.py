"""What operators did: who, when, what, to whom. It is only ever added to."""

from __future__ import annotations

from typing import Annotated

from attrs import asdict
from fastapi import APIRouter, Query
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import MS_MAX, ROUTES, Admin, Resource, ServicesOf

PAGE = 100
PAGE_MAX = 10_000

router = APIRouter(prefix="/api/audit", tags=["audit"])

Since = Annotated[int, Query(ge=0, le=MS_MAX, description="From this time on, ms UTC.")]
Word = Annotated[str, Query(max_length=64, description="Only this one; empty for all.")]


@router.get("")
def list_audit(
    services: ServicesOf,
    _: Admin,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
    since: Since = 0,
    actor: Word = "",
    action: Word = "",
    target: Word = "",
) -> Response:
    """The newest actions of operators, newest first; a secret is in none of them.

    ``action`` may be the first part alone: ``meter`` is every action on meters.
    """
    entries = services.store.audit(limit, since, actor=actor, action=action, target=target)
    return success(count=len(entries), audit=[asdict(entry) for entry in entries])


ROUTES.add("audit", Resource(router))
