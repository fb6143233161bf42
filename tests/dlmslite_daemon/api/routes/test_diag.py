"""An archive over the API: made as an operation, fetched as a file."""

from __future__ import annotations

import asyncio
import io
import zipfile

import httpx
from rig.bridge import Bridge, ask, ended

from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.caller import Role


def fetched(parts: Bridge, path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(through(parts.app, local=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.get(path)

    return asyncio.run(get())


def test_it_is_made_listed_and_fetched(parts: Bridge) -> None:
    status, started = ask(parts.app, "POST", "/api/diag", {"meter": "kitchen"})
    assert status == 202
    made = ended(parts.app, started)["result"]
    answer = fetched(parts, f"/api/diag/{made['id']}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert made["name"] in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.namelist() == [one["name"] for one in made["files"]]
    assert parts.store.audit()[0].action == "diag"


def test_without_a_body_it_is_of_all(parts: Bridge) -> None:
    assert ended(parts.app, ask(parts.app, "POST", "/api/diag")[1])["state"] == "done"


def test_nobody_and_nothing_there(parts: Bridge) -> None:
    assert ask(parts.app, "POST", "/api/diag", {"meter": "nobody"})[0] == 404
    status, content = ask(parts.app, "GET", "/api/diag/99")
    assert (status, content["error"]["code"]) == (404, "E-ARCHIVE-UNKNOWN")


def test_only_an_admin_may(parts: Bridge) -> None:
    token = parts.token("olga", Role.OPERATOR)
    assert ask(parts.app, "POST", "/api/diag", token=token, local=False)[0] == 403
    assert ask(parts.app, "GET", "/api/diag/1", token=token, local=False)[0] == 403
