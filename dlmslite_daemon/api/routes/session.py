"""The page's session: in by a link or a token, out by a word; and links for who has a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, SecretStr

from dlmslite_daemon.api.auth import Gate, digest_of
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import ROUTES, Admin, Body, Resource, ServicesOf, Viewer
from dlmslite_daemon.api.sessions import BY_LINK, COOKIE, LINK_SECONDS, SESSION_SECONDS
from dlmslite_daemon.errors import NotAllowed

router = APIRouter(tags=["session"])


class TokenShown(Body):
    """A token to sign in with."""

    token: SecretStr = Field(max_length=256)


class LinkBody(Body):
    """What whoever opens the link may."""

    role: str = Field(default="admin", pattern="^(viewer|operator|admin)$")


@router.get("/signin", status_code=303, response_class=RedirectResponse)
def sign_in(services: ServicesOf, code: Annotated[str, Query(max_length=256)] = "") -> Response:
    """Open a session with a link's code, which is good once, and go on to the page."""
    try:
        key, _ = services.sessions.redeem(code)
    except NotAllowed:
        return RedirectResponse("/login?reason=code", status_code=303)
    # Not at once to the fleet: a browser that comes from elsewhere, such as a chat, keeps a cookie
    # that is for our own site alone back until a page of ours asks for the next.
    answer = RedirectResponse("/welcome", status_code=303)
    remember(answer, key)
    return answer


@router.post("/api/session")
def open_session(body: TokenShown, request: Request, services: ServicesOf) -> Response:
    """Open a session with a token."""
    gate: Gate = request.app.state.gate
    token = body.token.get_secret_value()
    caller = gate.admit(token)
    key, session = services.sessions.open(caller, digest_of(token))
    answer = success(name=caller.name, role=caller.role.name.lower(), expires=session.expires_ms)
    remember(answer, key)
    return answer


@router.get("/api/session")
def who(request: Request, services: ServicesOf, caller: Viewer) -> Response:
    """Who is asking, and until when he is signed in."""
    session = services.sessions.get(request.cookies.get(COOKIE, ""))
    return success(
        name=caller.name,
        role=caller.role.name.lower(),
        expires=session.expires_ms if session else None,
    )


@router.delete("/api/session")
def close_session(request: Request, services: ServicesOf, _: Viewer) -> Response:
    """Sign out."""
    services.sessions.close(request.cookies.get(COOKIE, ""))
    answer = success(message="signed out")
    forget(answer)
    return answer


@router.post("/api/session/link", status_code=201)
def make_link(services: ServicesOf, caller: Admin, body: LinkBody | None = None) -> Response:
    """Make a link that opens the page once, within ten minutes."""
    role = Role[(body or LinkBody()).role.upper()]
    code = services.sessions.make_link(Caller(BY_LINK, role))
    services.audit(caller, "session.link", role.name.lower())
    address = services.address()
    return success(
        201,
        link=f"{address}/signin?code={code}" if address else None,
        code=code,
        role=role.name.lower(),
        expires=services.clock.utc_ms() + int(LINK_SECONDS * 1000),
    )


def remember(answer: Response, key: str) -> None:
    """Let the browser keep a session's key; no script can read it, no other site can use it."""
    answer.set_cookie(
        COOKIE, key, max_age=int(SESSION_SECONDS), path="/", httponly=True, samesite="strict"
    )


def forget(answer: Response) -> None:
    """Let the browser drop it."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


ROUTES.add("session", Resource(router))
