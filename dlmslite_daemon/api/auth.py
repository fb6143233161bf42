"""How a caller shows who he is: a token, a session of the page, or the Unix socket itself.

A token is 32 random octets as text; the store has only its SHA-256. The first start makes one for
an admin and writes it into a file that its owner alone can read, so no API is ever without. Whoever
comes through the Unix socket needs none: the file's mode has asked already.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import secrets
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from attrs import field, frozen
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from dlmslite_daemon.api.caller import LOCAL, Caller, Role
from dlmslite_daemon.api.sessions import COOKIE, Session, Sessions
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError, NotAllowed
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import TokenRecord

TOKEN_OCTETS = 32
FIRST_TOKEN = "admin"  # noqa: S105 - its name, not the token
LOCAL_ACTOR = "local"  # whoever came through the Unix socket, in the audit
LEGACY = Caller("legacy", Role.VIEWER)
LEGACY_PATHS = frozenset(
    {
        "/api/meters",
        "/api/meters/{meter}/status",
        "/api/meters/{meter}/logs",
        "/api/system/health",
    }
)
"""What the old bridge answered to a GET without asking who it was (``api.legacy_read``)."""

_BEARER = HTTPBearer(auto_error=False, description="A token of `dlmslite-bridge`.")
_READS = frozenset({"GET", "HEAD"})


class SignInNeeded(NotAllowed):
    """A page is asked for by somebody who has not signed in; he is led to where he can."""


@frozen
class Gate:
    """Tells who asks by what he shows.

    Attributes:
        store: Has the digests of the tokens.
        clock: Tells whether one is over.
        sessions: The page's.
        legacy_read: Whether the old GET paths are answered to anybody on this machine.
    """

    store: Store = field(repr=False)
    clock: Clock = field(repr=False)
    sessions: Sessions = field(repr=False)
    legacy_read: bool = False

    def admit(self, token: str) -> Caller:
        """The caller who shows a token.

        Raises:
            NotAllowed: There is no such token, or it is over (``E-TOKEN``).
        """
        caller = self._owner(digest_of(token))
        if caller is None:
            hint = "dlmslite-bridge token list shows the tokens, token add makes one"
            raise NotAllowed("this token is not known, or is over", code="E-TOKEN", hint=hint)
        return caller

    def session(self, key: str) -> Session | None:
        """The session of a cookie, unless the token that it came from is gone."""
        session = self.sessions.get(key)
        if session is not None and session.digest and self._owner(session.digest) is None:
            self.sessions.close(key)
            return None
        return session

    def _owner(self, digest: str) -> Caller | None:
        # Found by its digest: no comparison takes longer the more of a token is right.
        record = self.store.token(digest)
        now = self.clock.utc_ms()
        if record is None or (record.expires_ms is not None and record.expires_ms <= now):
            return None
        return Caller(record.name, Role[record.role.upper()])


def through(app: ASGIApp, *, local: bool) -> ASGIApp:
    """The application as seen through one door.

    Args:
        app: The application.
        local: Whether whoever comes through this door needs no token.
    """

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, LOCAL: local}, receive, send)

    return enter


def digest_of(token: str) -> str:
    """What the store keeps of a token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(
    store: Store, clock: Clock, name: str, role: Role, expires_ms: int | None = None
) -> str:
    """Make a token and keep its digest; the token itself is shown once, here.

    Args:
        store: Keeps its digest.
        clock: Tells when it was made.
        name: What it is called.
        role: What its owner may.
        expires_ms: When it ends, ms UTC; None for never.

    Raises:
        NameTaken: There is one of that name.
    """
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    record = TokenRecord(name, role.name.lower(), digest_of(token), clock.utc_ms(), expires_ms)
    store.add_token(record)
    return token


def first_token(store: Store, clock: Clock, path: Path) -> Path | None:
    """Make the first admin's token and write it into a file, unless there is a token already.

    Args:
        store: Keeps its digest.
        clock: Tells when it was made.
        path: Where to write it; only its owner can read it.

    Returns:
        The path if it was written now.

    Raises:
        BridgeError: It cannot be written (``E-TOKEN-FILE``).
    """
    if store.tokens():
        return None
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BridgeError(
            f"the first token cannot be written to {path}: {error.strerror}",
            code="E-TOKEN-FILE",
            hint="the store's folder must be writable for the daemon",
        ) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(make_token(store, clock, FIRST_TOKEN, Role.ADMIN) + "\n")
    return path


def needs(role: Role, *, page: bool = False) -> Any:
    """The dependency of a route that wants at least this role; gives it the caller.

    Args:
        role: The least role that may.
        page: Whether it is a page for people: who has not signed in is led to where he can.
    """

    def admit(
        request: Request,
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Caller:
        caller = _caller(request, shown.credentials if shown else None)
        if caller is None:
            hint = "send 'Authorization: Bearer …', or ask over the Unix socket"
            kind = SignInNeeded if page else NotAllowed
            raise kind("this needs a token", code="E-TOKEN", hint=hint)
        if caller.role < role:
            wanted = role.name.lower()
            raise NotAllowed(
                f"{caller.name!r} is {caller.role.name.lower()}; this needs {wanted}",
                hint=f"dlmslite-bridge token add NAME --role {wanted} makes a token that may",
            )
        return caller

    return Depends(admit)


def _caller(request: Request, token: str | None) -> Caller | None:
    """Who asks; None when nothing tells."""
    if request.scope.get(LOCAL) is True:
        return Caller(LOCAL_ACTOR, Role.ADMIN)
    gate: Gate = request.app.state.gate
    if token is not None:
        return gate.admit(token)
    session = gate.session(request.cookies.get(COOKIE, ""))
    if session is not None:
        same_origin(request)
        return session.caller
    return LEGACY if gate.legacy_read and _is_legacy(request) else None


def same_origin(request: Request) -> None:
    """Refuse a change that another site's page asks for in the name of who is signed in.

    Raises:
        NotAllowed: The browser does not say that our own page asks (``E-ORIGIN``).
    """
    if request.method in _READS or request.headers.get("sec-fetch-site") == "same-origin":
        return
    origin = urlsplit(request.headers.get("origin", "")).netloc
    if not origin or origin != request.headers.get("host"):
        raise NotAllowed(
            "this was not asked for by our own page",
            code="E-ORIGIN",
            hint="open the page itself, or send a token instead of the page's cookie",
        )


def _is_legacy(request: Request) -> bool:
    """Whether it is an old GET path, asked for on this machine and by this machine's name."""
    route = getattr(request.scope.get("route"), "path", "")
    peer = request.client.host if request.client else ""
    # A page of another site may point its own name at 127.0.0.1: then the name is not ours.
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    reads = request.method in _READS and route in LEGACY_PATHS
    return reads and is_loopback(peer) and is_loopback(named)


def is_loopback(host: str) -> bool:
    """Whether an address, or ``localhost``, is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
