"""An error as a page, for whoever looked at a page."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from dlmslite_daemon.api.auth import Gate
from dlmslite_daemon.api.envelope import status_of
from dlmslite_daemon.api.page import render
from dlmslite_daemon.api.page.looking import look_of
from dlmslite_daemon.api.page.screens.base import Pages
from dlmslite_daemon.api.sessions import COOKIE
from dlmslite_daemon.errors import BridgeError

# What machines ask for; they get the envelope.
_MACHINES = ("/api", "/metrics", "/healthz", "/readyz", "/page/events")


def told(request: Request, error: BridgeError) -> Response | None:
    """The page that tells of an error; None for who wants no page.

    Args:
        request: What was asked.
        error: What went wrong.
    """
    if request.url.path.startswith(_MACHINES) or "text/html" not in request.headers.get(
        "accept", ""
    ):
        return None
    pages: Pages = request.app.state.pages
    gate: Gate = request.app.state.gate
    session = gate.session(request.cookies.get(COOKIE, ""))
    caller = session.caller if session else None
    look = look_of(request, pages.services.clock.utc_ms(), caller, path="/")
    status = status_of(error)
    context = {
        "title": look.words.get(f"error.{status}", look.words("error")),
        "nav": "",
        "note": "",
        "version": request.app.version,
        "message": error.message,
        "hint": error.hint,
        "code": error.code,
        "back": "/",
    }
    return render.page("error.html", look, context, status=status)
