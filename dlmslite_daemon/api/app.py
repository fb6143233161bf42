"""The FastAPI application, made from the routes folder.

Every answer leaves in the envelope, errors of the framework too. A body is taken whole, within a
size and a time, before any route sees it.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dlmslite_daemon.api.auth import Gate
from dlmslite_daemon.api.envelope import failure
from dlmslite_daemon.api.routes.base import ROUTES
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.errors import BridgeError, ConfigError

BODY_MAX = 4 * 1024 * 1024  # octets; an import of 20,000 meters fits, an attack on memory does not
BODY_SECONDS = 10.0  # a slower client is cut off, so that it holds no place


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
    app.state.gate = Gate(services.store, services.clock)
    for _, resource in sorted(ROUTES.items()):
        app.include_router(resource.router)
    app.add_middleware(BodyLimit)
    app.add_exception_handler(BridgeError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
    return app


def version() -> str:
    """The version of the distribution; a bare checkout has none."""
    try:
        return importlib.metadata.version("dlmslite")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"


class BodyLimit:
    """Takes a request's body whole within a size and a time, or answers 413 or 408.

    Args:
        app: What comes after.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(receive)
        except TimeoutError:
            slow = BridgeError(f"no whole body in {BODY_SECONDS:g} s", code="E-BODY-TOO-SLOW")
            await failure(slow, {"Connection": "close"})(scope, receive, send)
            return
        except BridgeError as error:
            await failure(error, {"Connection": "close"})(scope, receive, send)
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, again, send)


async def _whole(receive: Receive) -> bytes:
    """The body of a request; what was there when the client left."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > BODY_MAX:
            raise BridgeError(f"a body is at most {BODY_MAX} octets", code="E-BODY-TOO-LARGE")
        more = message.get("more_body", False)
    return b"".join(parts)


async def _ours(_: Request, error: Exception) -> Response:
    if not isinstance(error, BridgeError):  # pragma: no cover - registered for BridgeError alone
        raise error
    return failure(error)


async def _invalid(_: Request, error: Exception) -> Response:
    """Name the field and what is wrong with it; never repeat what was sent, it may be a secret."""
    if not isinstance(error, RequestValidationError):  # pragma: no cover - registered for it alone
        raise error
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"][1:])
    return failure(ConfigError(str(first["msg"]), key=key, code="E-REQUEST"))


async def _http(_: Request, error: Exception) -> Response:
    """What the framework refuses: an unknown path, a wrong method."""
    if not isinstance(error, HTTPException):  # pragma: no cover - registered for it alone
        raise error
    code = {404: "E-PATH-UNKNOWN", 405: "E-METHOD"}.get(error.status_code, "E-REQUEST")
    return failure(BridgeError(HTTPStatus(error.status_code).phrase.lower(), code=code))


async def _unexpected(_: Request, error: Exception) -> Response:
    """An error of our own; the server's log has the traceback."""
    del error
    return failure(BridgeError("an error of our own; the log has it", code="E-INTERNAL"))
