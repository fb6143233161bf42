"""Reports: of any window, for machines and for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse, Response

from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Resource, ServicesOf, Viewer
from dlmslite_daemon.reports.base import DAY, WINDOW_MAX, Wish
from dlmslite_daemon.reports.render import as_csv, as_data, as_markdown, as_sections, as_text

router = APIRouter(prefix="/api/reports", tags=["reports"])

_Ms = Annotated[int | None, Query(ge=0, le=1 << 45, description="ms UTC")]
_TYPES = {"text": "text/plain", "markdown": "text/markdown", "csv": "text/csv"}
_TEXTS = {"text": as_text, "markdown": as_markdown, "csv": as_csv}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in _TYPES.values()}}
}


class ReportFormat(StrEnum):
    """How a report is answered."""

    JSON = "json"
    SECTIONS = "sections"
    """JSON with the tables that people are shown."""
    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"


@router.get("")
def list_reports(services: ServicesOf, _: Viewer) -> Response:
    """Every report there is: what it shows, how long its window usually is, whether it has CSV."""
    return success(
        reports=[
            {"kind": name, "summary": kind.summary, "usual_minutes": kind.usual // 60,
             "csv": kind.sheet}
            for name, kind in services.reports.kinds().items()
        ]
    )  # fmt: skip


@router.get("/{kind}", responses=_CONTENT)
def one_report(
    kind: Annotated[str, Path(max_length=32, description="qos, health, plan, energy …")],
    services: ServicesOf,
    _: Viewer,
    *,
    since: _Ms = None,
    until: _Ms = None,
    minutes: Annotated[int | None, Query(ge=1, le=WINDOW_MAX // 60)] = None,
    days: Annotated[int | None, Query(ge=1, le=WINDOW_MAX // DAY)] = None,
    meter: Annotated[str | None, Query(max_length=64, description="Only this one.")] = None,
    zone: Annotated[str, Query(max_length=64, description="Whose days and hours.")] = "",
    format: ReportFormat = ReportFormat.JSON,  # noqa: A002 - the parameter's name in the URL
) -> Response:
    """One report; its window ends now and has its usual length unless told otherwise."""
    length = minutes * 60 if minutes is not None else days * DAY if days is not None else None
    window = services.reports.window(kind, since_ms=since, until_ms=until, length=length)
    report = services.reports.make(kind, Wish(window, meter, zone))
    if format.value in _TEXTS:
        return PlainTextResponse(_TEXTS[format.value](report), media_type=_TYPES[format.value])
    more = as_sections(report) if format is ReportFormat.SECTIONS else {}
    return success(report=as_data(report), **more)


ROUTES.add("reports", Resource(router))
