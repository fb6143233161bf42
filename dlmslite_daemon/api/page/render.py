"""Templates to answers: escaped, with the headers that let nothing of others in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jinja2
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from dlmslite_daemon.api.page import formats
from dlmslite_daemon.api.page.assets import ASSETS
from dlmslite_daemon.api.page.screens.base import Look, Shown
from dlmslite_daemon.api.page.words import LANGUAGES, NAMES
from dlmslite_daemon.logs import iso_time

HEADERS = {
    # No script, style, picture or connection but our own; no inline script or style at all.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every page."""

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("dlmslite_daemon.api.page"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, look: Look, context: Mapping[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A whole page.

    Args:
        template: Its template.
        look: Who looks.
        context: What fills it.
        status: The HTTP status.
    """
    return HTMLResponse(_filled(template, look, context), status, HEADERS)


def regions(shown: Shown, look: Look) -> dict[str, str]:
    """The regions of a screen that change: id to the one element that has it."""
    return {
        region.replace("/", "-"): _filled(f"{region}.html", look, shown.context).strip()
        for region in shown.regions
    }


def log_lines(look: Look, lines: object) -> str:
    """Lines of a log as entries of its list."""
    return _filled("parts/log_lines.html", look, {"lines": lines}).strip()


def _filled(template: str, look: Look, context: Mapping[str, Any]) -> str:
    return _TEMPLATES.get_template(template).render(
        **context,
        look=look,
        t=look.words,
        f=formats,
        assets=ASSETS,
        languages=[(language, NAMES[language]) for language in LANGUAGES],
        when=lambda ms: _when(ms, look),
        stamp=lambda ms: _time(ms, formats.stamp(ms, look.zone), ""),
        ago=lambda ms: _moving(
            ms, look, look.words("in" if _ahead(ms, look) else "ago", span="{}")
        ),
        age=lambda ms: _moving(ms, look, "{}"),
    )


def _when(ms: int | None, look: Look) -> Markup | str:
    """A moment in the viewer's zone, with UTC in its title."""
    if ms is None:
        return formats.NOTHING
    text = formats.local(ms, look.now_ms, look.zone)
    return _time(ms, text, "")


def _ahead(ms: int | None, look: Look) -> bool:
    return ms is not None and ms > look.now_ms


def _moving(ms: int | None, look: Look, pattern: str) -> Markup | str:
    """How long from or to a moment, in some words; the script keeps it moving."""
    if ms is None:
        return formats.NOTHING
    text = formats.span(abs(look.now_ms - ms) / 1000)
    return _time(ms, pattern.replace("{}", text), pattern)


def _time(ms: int, text: str, pattern: str) -> Markup:
    moving = Markup(' data-moving="{}"').format(pattern) if pattern else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
        iso_time(ms), formats.utc(ms), moving, escape(text)
    )
