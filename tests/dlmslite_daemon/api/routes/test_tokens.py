"""Tokens by the API: shown once, listed without themselves, over at their time."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.api.caller import Role


def test_a_token_is_shown_once_and_works(parts: Bridge) -> None:
    status, made = ask(parts.app, "POST", "/api/tokens", {"name": "board", "role": "viewer"})
    assert status == 201
    assert ask(parts.app, "GET", "/api/meters", token=made["token"], local=False)[0] == 200
    _, listed = ask(parts.app, "GET", "/api/tokens")
    assert [(one["name"], one["role"]) for one in listed["tokens"]] == [("board", "viewer")]
    assert made["token"] not in str(listed)
    assert made["token"] not in repr(parts.store.audit())


def test_a_token_ends_at_its_time(parts: Bridge) -> None:
    body = {"name": "guest", "expires": NOW_MS + 1000}
    token = ask(parts.app, "POST", "/api/tokens", body)[1]["token"]
    parts.clock.advance(2)
    assert ask(parts.app, "GET", "/api/meters", token=token, local=False)[0] == 401
    assert ask(parts.app, "GET", "/api/tokens")[1]["tokens"][0]["expired"] is True
    status, content = ask(parts.app, "POST", "/api/tokens", {**body, "name": "late"})
    assert (status, content["error"]["code"]) == (422, "E-REQUEST")


def test_a_removed_token_opens_nothing(parts: Bridge) -> None:
    token = parts.token("anna", Role.VIEWER)
    assert ask(parts.app, "DELETE", "/api/tokens/anna")[0] == 200
    assert ask(parts.app, "GET", "/api/meters", token=token, local=False)[0] == 401
    status, content = ask(parts.app, "DELETE", "/api/tokens/anna")
    assert (status, content["error"]["code"]) == (404, "E-TOKEN-UNKNOWN")


def test_a_name_is_taken_once_and_is_a_name(parts: Bridge) -> None:
    assert ask(parts.app, "POST", "/api/tokens", {"name": "a"})[0] == 201
    assert ask(parts.app, "POST", "/api/tokens", {"name": "a"})[0] == 409
    assert ask(parts.app, "POST", "/api/tokens", {"name": "a b"})[0] == 422
    assert ask(parts.app, "POST", "/api/tokens", {"name": "b", "role": "king"})[0] == 422


def test_only_an_admin_sees_and_makes_tokens(parts: Bridge) -> None:
    token = parts.token("oscar", Role.OPERATOR)
    assert ask(parts.app, "GET", "/api/tokens", token=token, local=False)[0] == 403
    assert ask(parts.app, "POST", "/api/tokens", {"name": "x"}, token=token, local=False)[0] == 403
