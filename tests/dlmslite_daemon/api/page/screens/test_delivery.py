"""The delivery: what each sink got, what waits since when, what was refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig.bridge import Bridge
from rig.gallery import gallery
from rig.visitor import Visitor, elements


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with gallery(tmp_path_factory.mktemp("gallery")) as place:
        yield Visitor(place.parts).get("/delivery").text


def said(html: str, name: str) -> str:
    (found,) = [e.text for e in elements(html) if e.attributes.get("id") == name]
    return found


def test_a_sink_shows_its_backlog_and_how_old_it_is(html: str) -> None:
    home, board = said(html, "delivery-sinks").split("Test home")
    assert "not connected" in home
    assert "Pending, live 3 330" in home
    assert "Lag 1 h" in home
    assert "E-LINE-REFUSED" in home
    assert "Pending, live 0" in board
    assert "Lag \N{EN DASH}" in board


def test_the_outbox_and_the_dead_letters(html: str) -> None:
    assert "Readings stored 3 330" in said(html, "delivery-outbox")
    letters = [e for e in elements(html) if e.attributes.get("id", "").startswith("letter-")]
    assert len(letters) == 3
    assert "the broker takes 8192" in letters[0].text
    assert "9.1 kB" in letters[0].text


def test_without_a_sink_it_says_how_to_begin(parts: Bridge) -> None:
    assert "dlmslite-bridge sink add" in Visitor(parts).get("/delivery").text
