"""The delivery: what each sink got, what waits since when, what was refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from rig.bridge import GOOD_SINK, Bridge, ask, ended
from rig.gallery import gallery
from rig.visitor import Visitor, elements

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.sinks.probe import SinkTrial


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


@pytest.mark.parametrize(
    ("trial", "words"),
    [
        (GOOD_SINK, "sink test: passed Protocol 5 Acknowledged yes Somebody listens \N{EN DASH}"),
        (evolve(GOOD_SINK, listening=False, warning="sink-no-subscriber"), "reaches nobody"),
        (SinkTrial(code="E-SINK-REFUSED", message="bad token"), "did not pass E-SINK-REFUSED"),
        (evolve(GOOD_SINK, note="TLS is not verified"), "TLS is not verified"),
    ],
)
def test_how_a_test_went_is_told_in_words(parts: Bridge, trial: SinkTrial, words: str) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h", "port": 1}))
    parts.control.sink_trial = trial
    ended(parts.app, ask(parts.app, "POST", "/api/sinks/tb/test")[1])
    operation = said(Visitor(parts).get("/delivery?operation=1").text, "delivery-operation")
    assert words in operation


def test_without_a_sink_it_says_how_to_begin(parts: Bridge) -> None:
    assert "dlmslite-bridge sink add" in Visitor(parts).get("/delivery").text
