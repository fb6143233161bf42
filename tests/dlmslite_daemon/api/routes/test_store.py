"""Backups, size and check over HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from rig.bridge import Bridge, ask, ended

from dlmslite_daemon.api.caller import Role


def test_a_backup_is_made_listed_and_audited(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/api/store/backups")[1]["backups"] == []
    status, content = ask(parts.app, "POST", "/api/store/backups")
    assert status == 202
    operation = ended(parts.app, content)
    made = operation["result"]
    assert operation["progress"].endswith("pages copied")
    assert Path(made["path"]).is_file()
    (listed,) = ask(parts.app, "GET", "/api/store/backups")[1]["backups"]
    assert listed == made
    (entry,) = parts.store.audit(action="store.backup")
    assert (entry.target, entry.actor) == (made["name"], "local")


def test_only_an_administrator_may_fetch_a_backup(parts: Bridge) -> None:
    made = ended(parts.app, ask(parts.app, "POST", "/api/store/backups")[1])["result"]

    async def get(token: str, name: str) -> httpx.Response:
        transport = httpx.ASGITransport(parts.app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=headers
        ) as client:
            return await client.get(f"/api/store/backups/{name}")

    operator = parts.token("otto", Role.OPERATOR)
    assert asyncio.run(get(operator, made["name"])).status_code == 403
    admin = parts.token("anna", Role.ADMIN)
    answer = asyncio.run(get(admin, made["name"]))
    assert answer.status_code == 200
    copy = parts.path / "fetched.db"
    copy.write_bytes(answer.content)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [entry.actor for entry in parts.store.audit(action="store.fetch")] == ["anna"]
    for name in ("none", "..%2Fbridge.db"):
        assert asyncio.run(get(admin, name)).status_code == 404


def test_the_store_is_checked_and_measured(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/store/check")
    assert status == 202
    found = ended(parts.app, content)["result"]
    assert (found["sound"], found["problems"]) == (True, [])
    status, size = ask(parts.app, "GET", "/api/store/size")
    assert (status, size["bytes"] > 0) == (200, True)
    assert {"name", "rows", "bytes"} == set(size["tables"][0])
