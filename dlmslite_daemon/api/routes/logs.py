"""The log: of one meter, of the process, its explained frames, and all of it as it happens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.following import Follow
from dlmslite_daemon.api.logbook import Cursor, frame_view, line_view
from dlmslite_daemon.api.routes.base import ROUTES, MeterName, Ms, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.streams import EventStream, events
from dlmslite_daemon.errors import ConfigError

LINES = 50  # what the old bridge gave unless told otherwise
LINES_MAX = 10_000

router = APIRouter(tags=["logs"])

_Lines = Annotated[int, Query(ge=1, le=LINES_MAX, description="The newest so many.")]
_Level = Annotated[
    str,
    Query(pattern="^(debug|info|warning|error|critical)$", description="This level and above."),
]
_Since = Annotated[Ms | None, Query(description="Not older than this, ms UTC.")]


@router.get("/api/meters/{meter}/logs")
def of_meter(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    lines: _Lines = LINES,
    level: _Level = "debug",
    since: _Since = None,
) -> Response:
    """The newest lines of a meter, oldest first; without a daemon, its protocol events."""
    record = services.store.meter(meter)
    told = services.log.recent(record.name, lines, level, since or 0)
    return success(
        meter_id=record.id,
        count=len(told.lines),
        logs=[line_view(line) for line in told.lines],
        cursor=str(told.cursor),
    )


@router.get("/api/system/logs")
def of_system(
    services: ServicesOf,
    _: Viewer,
    lines: _Lines = LINES,
    level: _Level = "debug",
    since: _Since = None,
) -> Response:
    """The newest lines of the process, those of meters among them, oldest first."""
    told = services.log.recent(None, lines, level, since or 0)
    logs = [line_view(line) for line in told.lines]
    return success(count=len(logs), logs=logs, cursor=str(told.cursor))


@router.get("/api/meters/{meter}/frames")
def frames(
    meter: MeterName,
    services: ServicesOf,
    _: Viewer,
    lines: _Lines = LINES,
    since: _Since = None,
) -> Response:
    """The last frames of a meter, oldest first, with what they say; passwords are struck out."""
    record = services.store.meter(meter)
    services.engine()
    ring = services.log.frames
    found = ring.recent(record.name, lines, since or 0) if ring else []
    return success(
        meter_id=record.id, count=len(found), frames=[frame_view(frame) for frame in found]
    )


@router.get(
    "/api/events/logs",
    response_class=Response,
    responses=events("Events `begin`, `line`, `frame`, `gap`; ids are cursors."),
)
def follow(
    services: ServicesOf,
    _: Viewer,
    meter: Annotated[str | None, Query(max_length=64, description="Only of this meter.")] = None,
    lines: Annotated[
        int, Query(ge=0, le=LINES_MAX, description="Begin with the newest so many.")
    ] = 0,
    level: _Level = "debug",
    since: _Since = None,
    frames: Annotated[bool, Query(description="Frames of the meter too.")] = False,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> Response:
    """The log as it grows; after a lost connection it goes on where it was, by the last id."""
    services.engine()
    name = services.store.meter(meter).name if meter is not None else None
    if frames and name is None:
        raise ConfigError("frames are those of one meter", key="meter", code="E-REQUEST")
    shown = last_event_id or cursor
    source = Follow(services.log, name, level, frames=frames)
    if shown:
        source.go_on(Cursor.parse(shown))
    elif lines or since:
        source.begin(lines or LINES_MAX, since or 0)
    return EventStream(source, services.streams)


ROUTES.add("logs", Resource(router))
