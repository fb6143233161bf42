"""Roles, tokens, the first one; the Unix socket needs none."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import cast

import httpx
import pytest
from attrs import evolve
from fastapi import FastAPI
from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.api.app import make_app
from dlmslite_daemon.api.auth import (
    LEGACY_PATHS,
    Gate,
    digest_of,
    first_token,
    make_token,
    through,
)
from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.routes.base import PageViewer
from dlmslite_daemon.config.schema import ApiSettings
from dlmslite_daemon.errors import BridgeError, NotAllowed
from dlmslite_daemon.store.records import TokenRecord


def gate_of(parts: Bridge) -> Gate:
    return Gate(parts.store, parts.clock, parts.services.sessions)


def test_a_token_admits_its_owner_in_his_role(parts: Bridge) -> None:
    token = make_token(parts.store, parts.clock, "anna", Role.OPERATOR)
    assert gate_of(parts).admit(token) == Caller("anna", Role.OPERATOR)


def test_the_store_has_the_digest_and_never_the_token(parts: Bridge) -> None:
    token = make_token(parts.store, parts.clock, "anna", Role.VIEWER)
    (record,) = parts.store.tokens()
    assert record.digest == digest_of(token)
    assert token not in repr(record)
    parts.store.flush()
    assert all(token.encode() not in path.read_bytes() for path in parts.path.glob("bridge.db*"))


def test_an_unknown_or_expired_token_admits_nobody(parts: Bridge) -> None:
    gate = gate_of(parts)
    with pytest.raises(NotAllowed, match="E-TOKEN"):
        gate.admit("wrong")
    record = TokenRecord("old", "admin", digest_of("old"), NOW_MS, expires_ms=NOW_MS)
    parts.store.add_token(record)
    with pytest.raises(NotAllowed, match="E-TOKEN"):
        gate.admit("old")
    parts.store.add_token(evolve(record, name="new", digest=digest_of("n"), expires_ms=NOW_MS + 1))
    assert gate.admit("n").role is Role.ADMIN


def test_the_first_start_writes_an_admins_token_that_only_its_owner_reads(parts: Bridge) -> None:
    path = parts.path / "api-token"
    assert first_token(parts.store, parts.clock, path) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    caller = gate_of(parts).admit(path.read_text().strip())
    assert caller == Caller("admin", Role.ADMIN)
    path.unlink()
    assert first_token(parts.store, parts.clock, path) is None
    assert not path.exists()


def test_a_first_token_that_cannot_be_written_makes_none(parts: Bridge, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="E-TOKEN-FILE"):
        first_token(parts.store, parts.clock, tmp_path / "nowhere" / "api-token")
    assert not parts.store.tokens()


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        (None, "GET", "/api/meters", 401),
        (Role.VIEWER, "GET", "/api/meters", 200),
        (Role.VIEWER, "POST", "/api/meters/kitchen/pause", 403),
        (Role.OPERATOR, "POST", "/api/meters/kitchen/pause", 200),
        (Role.OPERATOR, "DELETE", "/api/meters/kitchen", 403),
        (Role.ADMIN, "DELETE", "/api/meters/kitchen", 200),
        (None, "POST", "/api/meters/kitchen/pause", 401),
        (None, "GET", "/healthz", 200),
    ],
)
def test_over_tcp_each_role_may_what_it_may(
    parts: Bridge, role: Role | None, method: str, path: str, status: int
) -> None:
    token = make_token(parts.store, parts.clock, "someone", role) if role else None
    answered, content = ask(parts.app, method, path, token=token, local=False)
    assert answered == status
    if status >= 400:
        assert content["success"] is False


def test_through_the_unix_socket_nobody_needs_a_token(parts: Bridge) -> None:
    assert ask(parts.app, "DELETE", "/api/meters/kitchen")[0] == 200
    (entry,) = parts.store.audit()
    assert (entry.actor, entry.action, entry.target) == ("local", "meter.remove", "kitchen")


def test_the_audit_names_the_token(parts: Bridge) -> None:
    token = make_token(parts.store, parts.clock, "anna", Role.ADMIN)
    ask(parts.app, "POST", "/api/meters/kitchen/pause", token=token, local=False)
    assert parts.store.audit()[0].actor == "anna"


def legacy(parts: Bridge, method: str, path: str, host: str = "127.0.0.1:5001") -> int:
    settings = ApiSettings(legacy_read=True)
    app = make_app(evolve(parts.services, settings=settings))

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(through(app, local=False), client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path)

    return asyncio.run(send()).status_code


def test_legacy_read_answers_the_old_get_paths_and_no_others(parts: Bridge) -> None:
    old = [path.replace("{meter}", "kitchen") for path in sorted(LEGACY_PATHS)]
    assert {legacy(parts, "GET", path) for path in old} == {200}
    assert {ask(parts.app, "GET", path, local=False)[0] for path in old} == {401}
    assert legacy(parts, "GET", "/api/sinks") == 401
    for verb in ("pause", "resume"):
        assert legacy(parts, "POST", f"/api/meters/kitchen/{verb}") == 401


def test_legacy_read_does_not_answer_to_a_name_that_is_not_this_machines(parts: Bridge) -> None:
    assert legacy(parts, "GET", "/api/meters", "localhost:5001") == 200
    assert legacy(parts, "GET", "/api/meters", "evil.example") == 401


def test_a_page_leads_who_has_not_signed_in_to_where_he_can(parts: Bridge) -> None:
    app = cast("FastAPI", parts.app)

    @app.get("/somewhere")
    def somewhere(caller: PageViewer) -> dict[str, str]:
        return {"name": caller.name}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(through(app, local=False))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.get("/somewhere")

    answer = asyncio.run(send())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
