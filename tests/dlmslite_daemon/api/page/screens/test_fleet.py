"""The fleet's table: found in, sorted, narrowed to what is bad, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.gallery import Gallery, gallery
from rig.visitor import Visitor, elements

from dlmslite_daemon.api.page.screens import fleet
from dlmslite_daemon.api.page.screens.fleet import View


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with gallery(tmp_path_factory.mktemp("gallery")) as place:
        yield look(place)


def look(place: Gallery) -> Visitor:
    return Visitor(place.parts)


def names(visitor: Visitor, path: str) -> list[str]:
    return [
        element.text.split()[0]
        for element in elements(visitor.get(path).text)
        if element.attributes.get("role") == "rowheader"
    ]


def test_all_meters_by_number(visitor: Visitor) -> None:
    shown = names(visitor, "/")
    assert (shown[0], shown[-1], len(shown)) == ("kitchen", "lab-2", 12)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("find=KITCH", ["kitchen"]),
        ("find=192.0.2.13", ["annex"]),
        ("find=47110006", ["garage"]),
        ("find=nothing", []),
        ("state=paused", ["spare"]),
        ("state=busy&find=roof", ["roof-pv"]),
        ("state=nonsense&find=roof", ["roof-pv"]),
    ],
)
def test_a_meter_is_found(visitor: Visitor, query: str, found: list[str]) -> None:
    assert names(visitor, f"/?{query}") == found


def test_bad_is_whatever_an_operator_should_look_at(visitor: Visitor) -> None:
    bad = names(visitor, "/?state=bad")
    assert "kitchen" in bad  # online, with an alarm
    assert "workshop" not in bad
    assert "spare" not in bad
    assert len(bad) == 7


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("sort=name", "annex", "workshop"),
        ("sort=name&down=1", "workshop", "annex"),
        ("sort=observed", "annex", "spare"),
        ("sort=age", "kitchen", "new-one"),
        ("sort=success", "annex", "new-one"),
        ("sort=success&down=1", "workshop", "new-one"),  # what is not known is last either way
        ("sort=pending&down=1", "kitchen", "lab-2"),
        ("sort=nonsense", "kitchen", "lab-2"),
    ],
)
def test_any_column_sorts(visitor: Visitor, query: str, first: str, last: str) -> None:
    shown = names(visitor, f"/?{query}")
    assert (shown[0], shown[-1]) == (first, last)


def test_the_sorted_column_says_so_and_turns_around(visitor: Visitor) -> None:
    html = visitor.get("/?sort=name&find=lab").text
    sorts = [e.attributes["aria-sort"] for e in elements(html) if "aria-sort" in e.attributes]
    assert sorts.count("none") == len(sorts) - 1
    assert "ascending" in sorts
    assert "/?find=lab&amp;sort=name&amp;down=1" in html


def test_pages_hold_so_many_rows(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "PAGE_ROWS", 5)
    assert len(names(visitor, "/")) == 5
    assert names(visitor, "/?page=3") == ["lab-1", "lab-2"]
    assert names(visitor, "/?page=99") == ["lab-1", "lab-2"]
    assert "Page 2 of 3" in visitor.get("/?page=2").text


def test_an_address_says_only_what_is_unusual() -> None:
    assert View().url() == "/"
    assert View.of({"page": "x", "sort": "y", "down": "2"}) == View()
    assert View.of({"find": " a b ", "page": "3"}).url(page=4) == "/?find=a+b&page=4"


def test_an_empty_fleet_says_how_to_begin(tmp_path: Path) -> None:
    with gallery(tmp_path, empty=True) as place:
        html = look(place).get("/").text
    assert "No meter yet" in html
    assert "dlmslite-bridge meter add" in html


def test_reasons_lead_to_their_meters(visitor: Visitor) -> None:
    links = {e.attributes["href"] for e in elements(visitor.get("/").text) if e.name == "a"}
    assert {"/meters/3", "/meters/4", "/?state=bad"} <= links
