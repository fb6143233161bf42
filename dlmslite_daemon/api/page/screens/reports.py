"""The reports: which there are, and any one of them over any window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dlmslite_daemon.api.page.screens.base import SCREENS, Asked, Look, Pages, Screen, Shown
from dlmslite_daemon.reports.base import Window, Wish
from dlmslite_daemon.reports.render import as_sections

WINDOWS = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400}
"""Windows that can be chosen, in seconds; without a choice it is the report's usual one."""

FORMATS = {"json": "JSON", "markdown": "Markdown", "text": "Text", "csv": "CSV"}
"""What a report can be had as, and what that is called; CSV only where there is a sheet."""


def load(pages: Pages, look: Look, asked: Asked) -> Shown:
    """What reports there are."""
    del asked
    kinds = [
        {
            "name": name,
            "title": look.words.get(f"report.{name}", name),
            "summary": look.words.get(f"about.{name}", kind.summary),
        }
        for name, kind in pages.services.reports.kinds().items()
    ]
    return Shown(look.words("reports.title"), {"kinds": kinds})


def load_one(pages: Pages, look: Look, asked: Asked) -> Shown:
    """One report.

    Raises:
        UnknownReport: There is none of that name.
        UnknownMeter: It is to be of a meter that is not there.
    """
    services = pages.services
    name = asked["kind"]
    kind = services.reports.kind(name)
    window = services.reports.window(name, length=WINDOWS.get(asked.get("window", "")))
    meter = asked.get("meter") or None
    report = services.reports.make(name, Wish(window, meter, str(look.zone)))
    view = as_sections(report)
    context = {
        "kind": name,
        "report": report,
        "sections": view["sections"],
        "window": asked.get("window", ""),
        "windows": tuple(WINDOWS),
        "meter": meter or "",
        "meters": [record.name for record in services.store.meters()],
        "downloads": _downloads(name, window, meter, look, csv=kind.sheet),
    }
    return Shown(look.words.get(f"report.{name}", report.title), context)


def _downloads(
    name: str, window: Window, meter: str | None, look: Look, *, csv: bool
) -> list[tuple[str, str, str]]:
    """Each format: its key, its name, and the address of the very same window."""
    query: Mapping[str, Any] = {
        "since": window.since_ms,
        "until": window.until_ms,
        "zone": str(look.zone),
        **({"meter": meter} if meter else {}),
    }
    return [
        (key, called, f"/api/reports/{name}?{urlencode({**query, 'format': key})}")
        for key, called in FORMATS.items()
        if csv or key != "csv"
    ]


SCREENS.add("reports", Screen("/reports", "reports", load, "reports.html"))
SCREENS.add("report", Screen("/reports/{kind}", "reports", load_one, "report.html"))
