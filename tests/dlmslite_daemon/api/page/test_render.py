"""Templates to answers: escaped, safe headers, times with UTC in their titles."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from rig.visitor import elements

from dlmslite_daemon.api.caller import Caller, Role
from dlmslite_daemon.api.page import render
from dlmslite_daemon.api.page.screens.base import Look, Shown
from dlmslite_daemon.api.page.words import Words
from dlmslite_daemon.logs import LogLine

NOW = int(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC).timestamp() * 1000)


@pytest.fixture
def look() -> Look:
    zone = ZoneInfo("Europe/Madrid")
    return Look(Words("es"), zone, "dark", "/", NOW, Caller("maria", Role.OPERATOR))


def test_a_page_lets_nothing_of_others_in(look: Look) -> None:
    context = {"title": "x", "nav": "", "note": "", "version": "1", "why": ""}
    answer = render.page("login.html", look, context, status=403)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 403
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "same-origin"  # forms must say where they are from
    (html,) = [one for one in elements(bytes(answer.body).decode()) if one.name == "html"]
    assert html.attributes == {"lang": "es", "data-theme": "dark"}


def test_what_others_wrote_is_escaped(look: Look) -> None:
    line = LogLine(7, NOW - 1000, "error", "<script>alert(1)</script>", "m", {"a": '"><img src=x>'})
    html = render.log_lines(look, [line])
    assert "script" not in {element.name for element in elements(html)}
    assert "&lt;script&gt;" in html
    assert "img" not in {element.name for element in elements(html)}


def test_times_stand_in_the_viewers_zone_with_utc_in_the_title(look: Look) -> None:
    html = render.log_lines(look, [LogLine(7, NOW, "info", "polled", "m")])
    (time,) = [element for element in elements(html) if element.name == "time"]
    assert time.text == "14:00:00"
    assert time.attributes["title"] == "2026-07-01 12:00:00 UTC"
    assert time.attributes["datetime"] == "2026-07-01T12:00:00.000Z"


def test_a_region_is_one_element_with_its_id(look: Look) -> None:
    shown = Shown("x", {"operation": None}, ("delivery/operation",))
    (name, html), *_ = render.regions(shown, look).items()
    assert elements(html)[0].attributes["id"] == name == "delivery-operation"
