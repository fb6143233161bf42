"""Readings: exact, oldest first, in pages that lose nothing between them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rig.bridge import NOW_MS, Bridge, ask, reading

from dlmslite_daemon.api.routes.readings import _whole_moments


def test_a_reading_has_these_fields_and_its_own_digits(parts: Bridge) -> None:
    parts.keep(reading("energy", NOW_MS, 12345678901234567890, -3, "Wh"))
    content = ask(parts.app, "GET", "/api/meters/1/readings")[1]
    assert content["readings"] == [
        {
            "series": "energy",
            "ts": NOW_MS,
            "value": Decimal("12345678901234567.890"),
            "unit": "Wh",
            "raw": 12345678901234567890,
            "scaler": -3,
            "source": "live",
            "quality": "good",
        }
    ]
    assert str(content["readings"][0]["value"]) == "12345678901234567.890"


def test_a_span_and_a_series_are_chosen(parts: Bridge) -> None:
    parts.keep(*(reading("voltage", NOW_MS + n, n) for n in range(10)))
    parts.keep(reading("energy", NOW_MS + 3, 7))
    query = f"since={NOW_MS + 2}&until={NOW_MS + 5}&series=voltage"
    content = ask(parts.app, "GET", f"/api/meters/1/readings?{query}")[1]
    assert [one["raw"] for one in content["readings"]] == [2, 3, 4]


def test_pages_meet_without_loss_and_without_doubles(parts: Bridge) -> None:
    stored = [reading(series, NOW_MS + n, n) for n in range(10) for series in ("energy", "voltage")]
    parts.keep(*stored)
    pages, until = [], ""
    while True:
        content = ask(parts.app, "GET", f"/api/meters/1/readings?limit=5{until}")[1]
        pages.append(content["readings"])
        if content["next_until"] is None:
            break
        until = f"&until={content['next_until']}"
    found = [(one["ts"], one["series"]) for page in reversed(pages) for one in page]
    assert sorted(found) == sorted((one.ts_ms, one.series) for one in stored)
    assert [ts for ts, _ in found] == sorted(ts for ts, _ in found)


def test_a_limit_that_is_none_is_refused(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/api/meters/1/readings?limit=0")[0] == 422
    assert ask(parts.app, "GET", "/api/meters/1/readings?since=x")[0] == 422


@given(st.lists(st.integers(0, 5)).map(sorted), st.integers(1, 5))
def test_a_page_ends_between_two_moments(times: list[int], limit: int) -> None:
    found = [reading("voltage", ts, 1) for ts in times][-(limit + 1) :]
    page, before = _whole_moments(found, limit)
    left = found[: len(found) - len(page)]
    assert left + page == found
    if before is not None:
        assert all(one.ts_ms < before for one in left)
        assert all(one.ts_ms >= before for one in page)
