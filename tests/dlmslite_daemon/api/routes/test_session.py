"""Signing in and out; what another site's page may not do in the name of who is signed in."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from rig.bridge import Bridge, ask

from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.caller import Caller, Role

OURS = {"Origin": "http://bridge"}


class Browser:
    """Keeps cookies from one request to the next."""

    def __init__(self, parts: Bridge) -> None:
        self._app = through(parts.app, local=False)
        self.cookies = httpx.Cookies()

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://bridge", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(go())


@pytest.fixture
def browser(parts: Bridge) -> Browser:
    return Browser(parts)


def link(parts: Bridge, role: Role = Role.ADMIN) -> str:
    return f"/signin?code={parts.services.sessions.make_link(Caller('anna', role))}"


def test_a_link_signs_in_once_with_a_cookie_that_scripts_and_other_sites_cannot_use(
    parts: Bridge, browser: Browser
) -> None:
    path = link(parts)
    answer = browser("GET", path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/welcome")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert browser("GET", "/api/meters").status_code == 200
    again = Browser(parts)("GET", path)
    assert (again.status_code, again.headers["Location"]) == (303, "/login?reason=code")
    assert "Set-Cookie" not in again.headers


def test_a_token_signs_in_and_its_end_signs_out(parts: Bridge, browser: Browser) -> None:
    token = parts.token("berta", Role.OPERATOR)
    answer = browser("POST", "/api/session", json={"token": token})
    assert (answer.status_code, answer.json()["role"]) == (200, "operator")
    assert token not in answer.text
    assert browser("GET", "/api/session").json()["name"] == "berta"
    parts.store.remove_token("berta")
    assert browser("GET", "/api/session").status_code == 401


def test_a_wrong_token_is_401(browser: Browser) -> None:
    answer = browser("POST", "/api/session", json={"token": "wrong"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "E-TOKEN")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not browser.cookies


def test_signing_out_ends_the_session(parts: Bridge, browser: Browser) -> None:
    browser("GET", link(parts))
    kept = dict(browser.cookies)
    assert browser("DELETE", "/api/session", headers=OURS).status_code == 200
    assert not browser.cookies
    browser.cookies = httpx.Cookies(kept)
    assert browser("GET", "/api/meters").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://evil.bridge"}, 403),
        (OURS, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_a_cookie_changes_something_only_from_our_own_page(
    parts: Bridge, browser: Browser, headers: dict[str, str], status: int
) -> None:
    browser("GET", link(parts))
    answer = browser("POST", "/api/meters/kitchen/pause", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "E-ORIGIN"


def test_a_session_may_what_its_link_said(parts: Bridge, browser: Browser) -> None:
    browser("GET", link(parts, Role.VIEWER))
    answer = browser("POST", "/api/meters/kitchen/pause", headers=OURS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "E-NOT-ALLOWED")


def test_an_admin_makes_links_and_the_audit_says_so(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/session/link", {"role": "viewer"})
    assert (status, content["link"]) == (201, None)  # there is no TCP door here
    assert parts.services.sessions.redeem(content["code"])[1].caller.role is Role.VIEWER
    (entry,) = parts.store.audit()
    assert (entry.action, entry.target) == ("session.link", "viewer")
    assert content["code"] not in repr(entry)
