"""The FastAPI application, made from the routes folder.

Every answer leaves in the envelope, errors of the framework too; every request passes the limits
before a route sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from dlmslite_daemon.api.auth import Gate, SignInNeeded
from dlmslite_daemon.api.description import describe
from dlmslite_daemon.api.envelope import failure
from dlmslite_daemon.api.limits import BodyLimit, Buckets, RateLimit, SafeHeaders
from dlmslite_daemon.api.page.routes import attach
from dlmslite_daemon.api.page.trouble import told
from dlmslite_daemon.api.routes.base import ROUTES
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.api.version import version
from dlmslite_daemon.errors import BridgeError, ConfigError

SLOW = 0.02  # of all requests: actions that speak to meters or brokers, one a second
SLOW_BURST = 0.2


def make_app(services: Services) -> FastAPI:
    """The application over these services.

    Args:
        services: What the routes ask.
    """
    app = FastAPI(
        title="dlmslite-bridge",
        version=version(),
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock page loads its scripts from elsewhere; this box may be offline
        redoc_url=None,
    )
    app.state.services = services
    settings, clock = services.settings, services.clock
    app.state.gate = Gate(services.store, clock, services.sessions, settings.legacy_read)
    app.state.slow = Buckets(clock, SLOW * settings.requests, SLOW_BURST * settings.requests)
    for _, resource in sorted(ROUTES.items()):
        app.include_router(resource.router)
    attach(app, services)
    describe(app)
    # The last one added is the first that a request meets.
    app.add_middleware(BodyLimit)
    rate = Buckets(clock, settings.requests, 2 * settings.requests)
    app.add_middleware(RateLimit, buckets=rate)
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(BridgeError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    return app


async def _sign_in(_: Request, error: Exception) -> Response:
    del error
    return RedirectResponse("/login", status_code=303)


async def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, BridgeError):  # pragma: no cover - registered for BridgeError alone
        raise error
    return told(request, error) or failure(error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Name the field and what is wrong with it; never repeat what was sent, it may be a secret."""
    if not isinstance(error, RequestValidationError):  # pragma: no cover - registered for it alone
        raise error
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"][1:])
    ours = ConfigError(_wrong(first), key=key, code="E-REQUEST")
    return told(request, ours) or failure(ours)


def _wrong(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, in the words of an operator."""
    said = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return "there is no such key"
        case "greater_than_equal":
            return f"it is {said['ge']:g} at least"
        case "less_than_equal":
            return f"it is {said['le']:g} at most"
    return str(error["msg"])


async def _http(request: Request, error: Exception) -> Response:
    """What the framework refuses: an unknown path, a wrong method."""
    if not isinstance(error, HTTPException):  # pragma: no cover - registered for it alone
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 404:
        hint = "/api/openapi.json describes every path"
        ours = BridgeError("there is no such path", code="E-PATH-UNKNOWN", hint=hint)
    elif error.status_code == 405:
        headers["Allow"] = takes = ", ".join(sorted(_methods(request)))
        why = f"this path does not take {request.method}"
        ours = BridgeError(why, code="E-METHOD", hint=f"it takes {takes}")
    else:
        ours = BridgeError(HTTPStatus(error.status_code).phrase.lower(), code="E-REQUEST")
    return told(request, ours) or failure(ours, headers)


def _methods(request: Request) -> set[str]:
    """What the path understands; each route by itself knows only its own method."""
    found: dict[str, set[str]] = {}
    for _, resource in sorted(ROUTES.items()):
        for route in resource.router.routes:
            if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
                found.setdefault(route.path, set()).update(route.methods or ())
    # Of /alarms/unmute and /alarms/{number}, the one that says it in words is meant.
    return found[min(found, key=lambda path: path.count("{"))] if found else set()


async def _unexpected(request: Request, error: Exception) -> Response:
    """An error of our own; the server's log has the traceback."""
    del error
    ours = BridgeError("an error of our own; the log has it", code="E-INTERNAL")
    return told(request, ours) or failure(ours)
