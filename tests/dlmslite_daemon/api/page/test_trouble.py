"""An error is a page for whoever looked at a page, and the envelope for everybody else."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge
from rig.visitor import Visitor, texts


@pytest.mark.parametrize("path", ["/meters/99", "/nowhere"])
def test_what_is_not_there_is_told_on_a_page(parts: Bridge, path: str) -> None:
    answer = Visitor(parts).get(path)
    assert answer.status_code == 404
    assert texts(answer.text, "h1") == ["There is no such page"]
    assert "content-security-policy" in answer.headers
    assert "maria" in answer.text


def test_a_form_that_makes_no_sense_is_told_on_a_page(parts: Bridge) -> None:
    answer = Visitor(parts).send("/alarms/many/acknowledge", back="/alarms")
    assert answer.status_code == 422
    assert texts(answer.text, "h1") == ["That did not work"]


def test_an_error_of_our_own_is_told_without_its_text(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(parts)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(type(parts.control), "resume", broken)
    answer = visitor.send("/meters/1/do", verb="resume")
    assert answer.status_code == 500
    assert "E-INTERNAL" in answer.text
    assert "secret inside" not in answer.text


@pytest.mark.parametrize("path", ["/api/meters/99/status", "/api/nowhere", "/page/events?screen=x"])
def test_machines_get_no_page(parts: Bridge, path: str) -> None:
    answer = Visitor(parts).get(path)
    assert answer.status_code == 404
    assert "text/html" not in answer.headers.get("content-type", "")


def test_whoever_wants_no_page_gets_none(parts: Bridge) -> None:
    answer = Visitor(parts, headers={"Accept": "application/json"}).get("/meters/99")
    assert answer.json()["error"]["code"] == "E-METER-UNKNOWN"
