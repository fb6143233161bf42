"""One meter: state, attempts, policies, values, charts, alarms, log, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlmslite_daemon.api.fleet import meter_whole
from dlmslite_daemon.api.page.charting import SPANS
from dlmslite_daemon.api.page.screens.base import (
    SCREENS,
    Asked,
    Look,
    Pages,
    Screen,
    Shown,
    chosen,
    operation,
)
from dlmslite_daemon.api.routes.diagnosis import finding_view
from dlmslite_daemon.store.records import Desired

FRAMES_MAX = 24
LIVE = ("state", "operation", "attempts", "policies", "values", "charts", "alarms", "finding")


def load(pages: Pages, look: Look, asked: Asked) -> Shown:
    """All of one meter.

    Raises:
        UnknownMeter: There is none of this name or number.
    """
    record, status = meter_whole(pages.services, asked["meter"])
    span = chosen(asked, "span", tuple(SPANS))
    frames_on = asked.get("frames") == "1"
    begun = operation(pages, asked)
    context = {
        "meter": status,
        "series": _series(status),
        "policies": {name: dict(table) for name, table in record.settings.policies.items()},
        "span": span,
        "spans": tuple(SPANS),
        "charts": pages.charts.of(record.settings, span, look.now_ms, look.zone),
        "frames_on": frames_on,
        "frames": _frames(pages, record.name) if frames_on else [],
        "operation": begun,
        # What was just found stands at the top; twice on a page it would be read twice.
        "finding": None if _tells(begun) else _finding(pages, record.name),
        "paused": record.desired is Desired.PAUSED,
    }
    live = (*LIVE, "frames") if frames_on else LIVE
    regions = tuple(f"meter/{region}" for region in live)
    return Shown(record.name, context, regions, log=record.name)


def _frames(pages: Pages, meter: str) -> list[dict[str, Any]]:
    """The last frames, newest first; passwords in them are struck out already."""
    ring = pages.services.log.frames
    return [
        {
            "number": frame.number,
            "ts_ms": frame.ts_ms,
            "sent": frame.sent,
            "hex": frame.octets.hex(" "),
            "tree": frame.tree(),
        }
        for frame in reversed(ring.recent(meter, FRAMES_MAX) if ring else [])
    ]


def _tells(begun: Mapping[str, Any] | None) -> bool:
    """Whether an operation shows a finding of its own."""
    return bool(begun and begun["result"] and begun["result"].get("finding"))


def _finding(pages: Pages, meter: str) -> dict[str, Any] | None:
    """The newest finding of a diagnosis; None before the first."""
    found = pages.services.store.findings(meter, 1)
    return finding_view(found[0].finding) if found else None


def _series(status: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is configured, with what the engine sees of it and the newest stored value."""
    seen = {one["key"]: one for one in status.get("series", ())}
    return [
        {
            "key": one["key"],
            "obis": one["obis"],
            "attribute": one["attribute"],
            "seen": seen.get(one["key"]),
            "value": status["values"].get(one["key"]),
        }
        for one in status["settings"]["series"]
    ]


SCREENS.add("meter", Screen("/meters/{meter}", "fleet", load, "meter.html"))
