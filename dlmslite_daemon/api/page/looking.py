"""Who looks and how: words, zone and theme of a request, by cookie or by what the browser says."""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import Request

from dlmslite_daemon.api.caller import Caller
from dlmslite_daemon.api.page.formats import zone_of
from dlmslite_daemon.api.page.screens.base import Look
from dlmslite_daemon.api.page.words import LANGUAGES, spoken

THEMES = ("system", "light", "dark")
THEME, LANGUAGE, ZONE = "theme", "language", "zone"  # names of the cookies
CHOICES = {THEME: THEMES, LANGUAGE: LANGUAGES}
"""What a viewer chooses, and among what; the zone is his browser's."""


def look_of(
    request: Request, now_ms: int, caller: Caller | None, *, path: str | None = None
) -> Look:
    """Who looks at a page, and how.

    Args:
        request: What his browser sent.
        now_ms: When, ms UTC.
        caller: Who; None before the sign-in.
        path: The address of the page, where it is not that of the request.
    """
    theme = request.cookies.get(THEME)
    query = request.url.query
    return Look(
        words=spoken(request.cookies.get(LANGUAGE), request.headers.get("accept-language", "")),
        zone=zone_of(unquote(request.cookies.get(ZONE, ""))),
        theme=theme if theme in THEMES else THEMES[0],
        path=path or (f"{request.url.path}?{query}" if query else request.url.path),
        now_ms=now_ms,
        caller=caller,
    )


def own_path(path: str) -> str:
    """A path of this server to go back to; the fleet for anything that could lead elsewhere."""
    # "//host" and "/\host" are addresses of other servers to a browser.
    sound = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if sound and len(path) <= 500 else "/"
