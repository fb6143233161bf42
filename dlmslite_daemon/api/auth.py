"""Who asks, and what he may: tokens with the roles viewer, operator and admin.

A token is 32 random octets as text; the store has only its SHA-256. The first start makes one for
an admin and writes it into a file that its owner alone can read, so no API is ever without. Whoever
comes through the Unix socket needs none: the file's mode has asked already.
"""

from __future__ import annotations

import enum
import hashlib
import os
import secrets
from pathlib import Path
from typing import Annotated, Any

from attrs import field, frozen
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.errors import BridgeError, NotAllowed
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import TokenRecord

LOCAL = "dlmslite.local"  # key of the scope: the request came through the Unix socket
TOKEN_OCTETS = 32
FIRST_TOKEN = "admin"  # noqa: S105 - its name, not the token
LOCAL_ACTOR = "local"  # whoever came through the Unix socket, in the audit
_BEARER = HTTPBearer(auto_error=False, description="A token of `dlmslite-bridge`.")


class Role(enum.IntEnum):
    """What a caller may; each includes the one before."""

    VIEWER = 1
    """Look."""
    OPERATOR = 2
    """Pause, resume, test: what can be taken back."""
    ADMIN = 3
    """Add and remove meters, series, sinks, tokens."""


@frozen
class Caller:
    """Who asks.

    Attributes:
        name: The token's name, or ``local``; stands in the audit.
        role: What he may.
    """

    name: str
    role: Role


@frozen
class Gate:
    """Tells who asks by what he shows.

    Attributes:
        store: Has the digests of the tokens.
        clock: Tells whether one is over.
    """

    store: Store = field(repr=False)
    clock: Clock = field(repr=False)

    def admit(self, token: str) -> Caller:
        """The caller who shows a token.

        Raises:
            NotAllowed: There is no such token, or it is over (``E-TOKEN``).
        """
        # Found by its digest: no comparison takes longer the more of a token is right.
        record = self.store.token(digest_of(token))
        now = self.clock.utc_ms()
        if record is None or (record.expires_ms is not None and record.expires_ms <= now):
            raise NotAllowed("this token is not known, or is over", code="E-TOKEN")
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


def make_token(store: Store, clock: Clock, name: str, role: Role) -> str:
    """Make a token and keep its digest; the token itself is shown once, here.

    Raises:
        NameTaken: There is one of that name.
    """
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    record = TokenRecord(name, role.name.lower(), digest_of(token), clock.utc_ms())
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


def needs(role: Role) -> Any:
    """The dependency of a route that wants at least this role; gives it the caller.

    Args:
        role: The least role that may.
    """

    def admit(
        request: Request,
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Caller:
        if request.scope.get(LOCAL) is True:
            return Caller(LOCAL_ACTOR, Role.ADMIN)
        if shown is None:
            raise NotAllowed(
                "this needs a token",
                code="E-TOKEN",
                hint="send 'Authorization: Bearer …', or ask over the Unix socket",
            )
        gate: Gate = request.app.state.gate
        caller = gate.admit(shown.credentials)
        if caller.role < role:
            raise NotAllowed(
                f"{caller.name!r} is {caller.role.name.lower()}; this needs {role.name.lower()}"
            )
        return caller

    return Depends(admit)
