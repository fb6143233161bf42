"""Tokens: list, add, remove. A token is shown once, in the answer that makes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import Field

from dlmslite_daemon.api.auth import make_token
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.envelope import success
from dlmslite_daemon.api.routes.base import (
    ROUTES,
    Admin,
    Body,
    Ms,
    Name,
    Resource,
    ServicesOf,
    to_come,
)
from dlmslite_daemon.config.schema import check_name
from dlmslite_daemon.errors import UnknownName

router = APIRouter(prefix="/api/tokens", tags=["tokens"])

TokenName = Annotated[str, Path(description="A token's name.", max_length=64)]


class TokenBody(Body):
    """A token to make."""

    name: Name = Field(description="What it is called; stands in the audit.")
    role: str = Field(default="viewer", pattern="^(viewer|operator|admin)$")
    expires: Ms | None = Field(default=None, description="ms UTC; without it, never.")


@router.get("")
def list_tokens(services: ServicesOf, _: Admin) -> Response:
    """Every token's name, role, age and end; never the token."""
    now_ms = services.clock.utc_ms()
    tokens = [
        {
            "name": record.name,
            "role": record.role,
            "created": record.created_ms,
            "expires": record.expires_ms,
            "expired": record.expires_ms is not None and record.expires_ms <= now_ms,
        }
        for record in services.store.tokens()
    ]
    return success(count=len(tokens), tokens=tokens)


@router.post("", status_code=201)
def add(body: TokenBody, services: ServicesOf, caller: Admin) -> Response:
    """Make a token; this answer is the only place where it ever stands."""
    services.engine()
    check_name(body.name)
    expires = to_come(services, body.expires, "expires")
    role = Role[body.role.upper()]
    token = make_token(services.store, services.clock, body.name, role, expires)
    services.audit(caller, "token.add", body.name, body.role)
    return success(201, name=body.name, role=body.role, expires=expires, token=token)


@router.delete("/{name}")
def remove(name: TokenName, services: ServicesOf, caller: Admin) -> Response:
    """Take a token back; whoever signed in with it is signed out."""
    services.engine()
    if all(record.name != name for record in services.store.tokens()):
        raise UnknownName(
            f"there is no token {name!r}",
            code="E-TOKEN-UNKNOWN",
            hint="dlmslite-bridge token list shows the tokens",
        )
    services.store.remove_token(name)
    services.audit(caller, "token.remove", name)
    return success(message=f"the token {name} is removed", name=name)


ROUTES.add("tokens", Resource(router))
