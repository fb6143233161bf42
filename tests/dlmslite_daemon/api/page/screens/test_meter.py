"""One meter: what it says, what it measured, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.gallery import gallery
from rig.visitor import Visitor, elements, texts


@pytest.fixture(scope="module")
def visitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with gallery(tmp_path_factory.mktemp("gallery")) as place:
        yield Visitor(place.parts)


def said(html: str, name: str) -> str:
    (found,) = [e.text for e in elements(html) if e.attributes.get("id") == name]
    return found


def test_values_have_their_digits_their_unit_and_their_time(visitor: Visitor) -> None:
    values = said(visitor.get("/meters/kitchen").text, "meter-values")
    assert "231.76 V" in values
    assert "12356.44 kWh" in values
    assert "1.1.32.7.0.255" in values


def test_attempts_and_policies(visitor: Visitor) -> None:
    html = visitor.get("/meters/5").text
    assert "breaker open" in said(html, "meter-state")
    assert "E-LINE-REFUSED" in said(html, "meter-state")
    assert "dlmslite-bridge scan" in said(html, "meter-state")
    assert "20 %" in said(html, "meter-attempts")
    policies = said(html, "meter-policies")
    assert "circuit breaker wait in 4 min open: 192.0.2.14:3333 refused" in policies
    assert "failures 10" in policies
    assert "registers" not in policies  # a table within a cell: the page's deadlines show it
    assert "fcs 3" in policies
    buttons = texts(html, "button")
    assert "Try now" in buttons


def test_an_attempt_that_is_due_is_not_told_as_past(tmp_path: Path) -> None:
    with gallery(tmp_path) as place:
        visitor = Visitor(place.parts)
        assert "Next attempt in 6 s" in said(visitor.get("/meters/1").text, "meter-attempts")
        place.parts.clock.advance(7)
        assert "Next attempt due now" in said(visitor.get("/meters/1").text, "meter-attempts")


def test_a_series_that_failed_says_why(visitor: Visitor) -> None:
    assert "failed read-write-denied" in said(visitor.get("/meters/lift").text, "meter-values")


def test_charts_are_drawn_for_the_chosen_span(visitor: Visitor) -> None:
    html = visitor.get("/meters/1?span=6h").text
    charts = [e for e in elements(html) if e.attributes.get("role") == "img"]
    assert len(charts) == 5
    assert "voltage" in charts[0].attributes["aria-label"]
    chosen = [e.text for e in elements(html) if e.attributes.get("aria-current") == "true"]
    assert chosen == ["6 h"]
    assert len([e for e in elements(html) if e.attributes.get("class") == "line"]) == 10


def test_frames_are_explained_when_they_are_asked_for(visitor: Visitor) -> None:
    assert "7e a0 07" not in visitor.get("/meters/1").text
    frames = said(visitor.get("/meters/1?frames=1").text, "meter-frames")
    assert "7e a0 07 03 21 93 0f 01 7e" in frames
    assert "SNRM" in frames.upper()
    assert "None" not in frames
    assert "False" not in frames


def test_alarms_of_the_meter_and_what_its_sinks_have(visitor: Visitor) -> None:
    alarms = said(visitor.get("/meters/1").text, "meter-alarms")
    assert "the meter's clock is 64 s ahead" in alarms
    assert "thingsboard" in alarms


def test_what_was_found_last_and_what_a_diagnosis_came_to(visitor: Visitor) -> None:
    finding = said(visitor.get("/meters/5").text, "meter-finding")
    assert "connect" in finding
    assert "refused, 3 times" in finding
    html = visitor.get("/meters/5?operation=1").text
    assert said(html, "meter-finding") == ""  # it is what the operation tells already
    operation = said(html, "meter-operation")
    assert "meter diagnose: did not pass" in operation
    assert "What to do" in operation
    assert said(visitor.get("/meters/1").text, "meter-finding") == ""


def test_a_paused_meter_is_resumed_and_not_restarted(visitor: Visitor) -> None:
    buttons = texts(visitor.get("/meters/spare").text, "button")
    assert "Resume" in buttons
    assert "Pause" not in buttons
    assert "Restart" not in buttons
