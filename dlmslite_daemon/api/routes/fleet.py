"""The fleet as it changes, for a live table: the rows that differ from what was told before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.streams import LOOK_SECONDS, Event, EventStream, events
from dlmslite_daemon.api.views import fleet_row
from dlmslite_daemon.engine.control import Control

EVERY = 2.0  # s between two looks at the fleet

router = APIRouter(tags=["fleet"])


@router.get(
    "/api/events/fleet",
    response_class=Response,
    responses=events("Events `fleet`: the verdict, changed rows, gone meters."),
)
def watch(services: ServicesOf, _: Viewer) -> Response:
    """Every meter at first, then what changes."""
    return EventStream(_Fleet(services.engine()), services.streams)


class _Fleet:
    """The fleet's changes.

    Args:
        control: Sees the fleet.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._told: Mapping[str, dict[str, Any]] = {}
        self._rests = 0

    async def news(self) -> Sequence[Event]:
        """What changed since the last look."""
        if self._rests > 0:
            self._rests -= 1
            return ()
        self._rests = int(EVERY / LOOK_SECONDS) - 1
        return await run_in_threadpool(self._look)

    def _look(self) -> list[Event]:
        health = self._control.health()
        rows = {meter.name: fleet_row(meter) for meter in health.meters}
        changed = [row for name, row in rows.items() if self._told.get(name) != row]
        gone = [name for name in self._told if name not in rows]
        self._told = rows
        if not changed and not gone:
            return []
        data = {
            "overall": health.overall.name.lower(),
            "reasons": list(health.reasons),
            "meters": changed,
            "gone": gone,
        }
        return [Event("fleet", data)]


ROUTES.add("fleet", Resource(router))
