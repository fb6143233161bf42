"""Stored readings of a meter, page by page, newest page first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, MeterName, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.views import reading_view
from dlmslite_daemon.reading import Reading

PAGE = 1000  # readings in an answer unless told otherwise
PAGE_MAX = 10_000

router = APIRouter(prefix="/api/meters/{meter}/readings", tags=["readings"])

_Ms = Annotated[int | None, Query(ge=0, description="ms UTC")]


@router.get("")
def list_readings(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    since: _Ms = None,
    until: _Ms = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
    series: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The newest readings of a span, oldest first; ``next_until`` leads to the page before."""
    record = services.store.meter(meter)
    found = services.store.readings(record.name, since or 0, until, limit + 1, series)
    page, before = _whole_moments(found, limit)
    return success(
        meter_id=record.id,
        count=len(page),
        readings=[reading_view(reading) for reading in page],
        next_until=before,
    )


def _whole_moments(found: list[Reading], limit: int) -> tuple[list[Reading], int | None]:
    """Cut a page between two moments, so that the page before can begin at a time.

    Args:
        found: One more than the page may hold, if there are more; oldest first.
        limit: How many it may hold.

    Returns:
        The page, and the time before which the next one ends; None if there is no more.
    """
    if len(found) <= limit:
        return found, None
    oldest = found[0].ts_ms
    page = [reading for reading in found if reading.ts_ms > oldest]
    if page:
        return page, oldest + 1
    # A single moment has more readings than a page: they come whole or not at all.
    return found, oldest


ROUTES.add("readings", Resource(router))
