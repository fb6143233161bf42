"""The reports: which there are, and any of them over a chosen window, with its downloads."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge
from rig.visitor import Visitor, elements, texts

from dlmslite_daemon.reports.base import Wish


@pytest.fixture
def visitor(parts: Bridge) -> Visitor:
    return Visitor(parts)


def test_every_report_there_is_has_its_tile(parts: Bridge, visitor: Visitor) -> None:
    links = {e.attributes["href"] for e in elements(visitor.get("/reports").text) if e.name == "a"}
    assert {f"/reports/{name}" for name in parts.services.reports.kinds()} <= links


def test_each_of_them_shows(parts: Bridge, visitor: Visitor) -> None:
    for name in parts.services.reports.kinds():
        html = visitor.get(f"/reports/{name}?window=24h").text
        assert len(texts(html, "h1")) == 1
        assert len(texts(html, "h2")) > 0
        assert f"since={NOW_MS - 86_400_000}" in html
        chosen = [e.attributes["value"] for e in elements(html) if "selected" in e.attributes]
        assert chosen == ["24h"]


def test_a_report_misses_nothing_that_was_counted_a_moment_ago(
    parts: Bridge, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(parts.services.reports, "_flush", lambda: flushed.append(1))
    visitor.get("/reports/qos?window=1h")
    assert flushed == [1]


def test_steps_stand_on_the_card_that_says_what_they_are_for(
    parts: Bridge, visitor: Visitor
) -> None:
    cards = [e for e in elements(visitor.get("/reports/plan").text) if e.name == "section"]
    sections = parts.services.reports.make(
        "plan", Wish(parts.services.reports.window("plan"))
    ).sections
    assert len(sections) > len(cards) == sum(1 for section in sections if section.title)


def test_a_sheet_can_be_had_as_csv_of_the_same_window(visitor: Visitor) -> None:
    links = [e.attributes for e in elements(visitor.get("/reports/energy").text) if e.name == "a"]
    (csv,) = [link for link in links if link.get("download") == "energy.csv"]
    answer = visitor.get(csv["href"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")


def test_what_is_not_there_is_404(visitor: Visitor) -> None:
    assert visitor.get("/reports/nothing").status_code == 404
    assert visitor.get("/reports/energy?meter=nobody").status_code == 404
    assert visitor.get("/reports/energy?meter=kitchen").status_code == 200
