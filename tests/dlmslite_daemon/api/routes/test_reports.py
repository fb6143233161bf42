"""Reports over the API: any window, every format, every name that is none."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from rig.bridge import NOW_MS, Bridge, ask, reading

from dlmslite_daemon.api.auth import through


def fetched(parts: Bridge, path: str) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(through(parts.app, local=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://bridge") as client:
            return await client.get(path)

    return asyncio.run(get())


def window(parts: Bridge, query: str) -> dict[str, Any]:
    status, answer = ask(parts.app, "GET", f"/api/reports/energy?{query}")
    assert status == 200, answer
    found: dict[str, Any] = answer["report"]["window"]
    return found


def test_every_report_is_listed(parts: Bridge) -> None:
    status, answer = ask(parts.app, "GET", "/api/reports")
    assert status == 200
    energy = next(entry for entry in answer["reports"] if entry["kind"] == "energy")
    assert (energy["usual_minutes"], energy["csv"]) == (7 * 24 * 60, True)


def test_the_window_is_what_was_asked_for(parts: Bridge) -> None:
    assert window(parts, "minutes=60") == {
        "since": NOW_MS - 3_600_000,
        "until": NOW_MS,
        "seconds": 3600,
    }
    assert window(parts, "days=2")["since"] == NOW_MS - 172_800_000
    assert window(parts, "")["seconds"] == 7 * 86_400
    assert window(parts, f"since={NOW_MS - 5000}&until={NOW_MS - 1000}")["seconds"] == 4
    assert window(parts, f"minutes=1&until={NOW_MS - 1000}")["since"] == NOW_MS - 61_000


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing", 404, "E-REPORT-UNKNOWN"),
        ("energy?meter=cellar", 404, "E-METER-UNKNOWN"),
        ("energy?zone=Nowhere/Land", 400, "E-REPORT-ZONE"),
        (f"energy?since={NOW_MS + 1}", 422, "E-REPORT-WINDOW"),
        ("energy?since=5&minutes=5", 422, "E-REPORT-WINDOW"),
        ("energy?minutes=0", 422, "E-REQUEST"),
        ("energy?format=html", 422, "E-REQUEST"),
    ],
)
def test_what_makes_no_sense_is_refused(parts: Bridge, path: str, status: int, code: str) -> None:
    got, answer = ask(parts.app, "GET", f"/api/reports/{path}")
    assert (got, answer["error"]["code"]) == (status, code)


def test_each_format_has_its_media_type(parts: Bridge) -> None:
    parts.keep(reading("energy", NOW_MS - 1000, 10**20 + 1, -3, "Wh"))
    for name, kind, begin in (
        ("text", "text/plain; charset=utf-8", "Energy by day (UTC)\nfrom "),
        ("markdown", "text/markdown; charset=utf-8", "# Energy by day (UTC)\n"),
        ("csv", "text/csv; charset=utf-8", "day,meter,series,energy,unit,first,last,"),
    ):
        answer = fetched(parts, f"/api/reports/energy?minutes=5&zone=UTC&format={name}")
        assert answer.headers["content-type"] == kind
        assert answer.text.startswith(begin)
        assert "100000000000000000.001" in answer.text
    sections = ask(parts.app, "GET", "/api/reports/energy?minutes=5&format=sections")[1]
    assert sections["sections"][0]["rows"][0][1:3] == ["kitchen", "energy"]
    assert sections["report"]["registers"][0]["meter_id"] == 1


def test_a_report_needs_a_token(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/api/reports/energy", local=False)[0] == 401
