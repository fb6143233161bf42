"""Roles, tokens, the first one; the Unix socket needs none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from attrs import evolve
from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.api.auth import (
    Caller,
    Gate,
    Role,
    digest_of,
    first_token,
    make_token,
)
from dlmslite_daemon.errors import BridgeError, NotAllowed
from dlmslite_daemon.store.records import TokenRecord


def test_a_token_admits_its_owner_in_his_role(parts: Bridge) -> None:
    token = make_token(parts.store, parts.clock, "anna", Role.OPERATOR)
    assert Gate(parts.store, parts.clock).admit(token) == Caller("anna", Role.OPERATOR)


def test_the_store_has_the_digest_and_never_the_token(parts: Bridge) -> None:
    token = make_token(parts.store, parts.clock, "anna", Role.VIEWER)
    (record,) = parts.store.tokens()
    assert record.digest == digest_of(token)
    assert token not in repr(record)
    parts.store.flush()
    assert all(token.encode() not in path.read_bytes() for path in parts.path.glob("bridge.db*"))


def test_an_unknown_or_expired_token_admits_nobody(parts: Bridge) -> None:
    gate = Gate(parts.store, parts.clock)
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
    caller = Gate(parts.store, parts.clock).admit(path.read_text().strip())
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
