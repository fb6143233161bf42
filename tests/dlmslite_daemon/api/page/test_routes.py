"""The page without a script: every screen shows, every form works, nobody gets in unseen."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from rig.bridge import NOW_MS, Bridge, ask, reading
from rig.visitor import Visitor, elements, texts

from dlmslite_daemon.alarm import Alarm, Condition
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.page.assets import ASSETS
from dlmslite_daemon.api.page.routes import LINES_FIRST
from dlmslite_daemon.config.schema import SinkSettings

SCREENS = ("/", "/meters/1", "/alarms", "/delivery", "/reports")


@pytest.fixture
def maria(parts: Bridge) -> Visitor:
    return Visitor(parts)


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_shows(parts: Bridge, maria: Visitor, path: str) -> None:
    parts.keep(reading("voltage", NOW_MS - 1000, 23_012))
    answer = maria.get(path)
    assert answer.status_code == 200
    found = elements(answer.text)
    assert [element.name for element in found].count("h1") == 1
    assert not [element for element in found if element.name in {"style", "iframe", "object"}]
    # The policy forbids inline scripts and styles: there must be none to forbid.
    assert all("style" not in element.attributes for element in found)
    assert all(not name.startswith("on") for element in found for name in element.attributes)
    assert all(element.attributes.get("src") for element in found if element.name == "script")
    ids = [element.attributes["id"] for element in found if "id" in element.attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", [*SCREENS, "/page/events?screen=fleet"])
def test_whoever_is_not_signed_in_is_led_to_where_he_can(parts: Bridge, path: str) -> None:
    answer = Visitor(parts, None).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_page_is_in_no_description_of_the_api(parts: Bridge) -> None:
    _, content = ask(parts.app, "GET", "/api/openapi.json")
    assert not [
        path for path in content["paths"] if path.startswith(("/page", "/meters", "/login"))
    ]


def test_a_form_pauses_a_meter_after_a_question(parts: Bridge, maria: Visitor) -> None:
    question = maria.send("/meters/1/do", verb="pause")
    assert question.status_code == 200
    assert "Pause kitchen?" in question.text
    assert parts.control.calls == []
    done = maria.send("/meters/1/do", verb="pause", sure="yes")
    assert (done.status_code, done.headers["location"]) == (303, "/meters/1?did=pause")
    assert parts.control.calls == [("pause", "kitchen", None)]
    shown = maria.get("/meters/1?did=pause").text
    assert "kitchen is being paused." in shown
    assert "Resume" in texts(shown, "button")
    assert maria.send("/meters/1/do", verb="resume").status_code == 303
    assert maria.send("/meters/1/do", verb="unheard").headers["location"] == "/meters/1"


def test_a_viewer_looks_and_does_nothing(parts: Bridge) -> None:
    viewer = Visitor(parts, Role.VIEWER)
    assert "Pause" not in texts(viewer.get("/meters/1").text, "button")
    refused = viewer.send("/meters/1/do", verb="resume")
    assert refused.status_code == 403
    assert texts(refused.text, "h1") == ["You may not do that"]
    assert parts.control.calls == []


@pytest.mark.parametrize("path", ["/meters/1/do", "/logout"])
def test_a_form_of_another_site_is_refused(parts: Bridge, maria: Visitor, path: str) -> None:
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        answer = maria.ask("POST", path, data={"verb": "resume"}, headers=headers)
        assert answer.status_code == 403
    assert parts.control.calls == []


def test_signing_in_with_a_token_and_out(parts: Bridge) -> None:
    token = parts.token("anna", Role.OPERATOR)
    visitor = Visitor(parts, None)
    assert "paste a token" in visitor.get("/login").text
    assert "was used already" in visitor.get("/login?reason=code").text
    wrong = visitor.send("/login", token="guess")
    assert wrong.status_code == 403
    assert "guess" not in wrong.text
    done = visitor.send("/login", token=token)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert "httponly" in done.headers["set-cookie"].lower()
    assert "anna" in visitor.get("/").text
    assert visitor.send("/logout").headers["location"] == "/login?reason=out"
    assert visitor.get("/").status_code == 303


def test_a_link_leads_over_a_page_of_ours_to_the_fleet(parts: Bridge) -> None:
    visitor = Visitor(parts)
    html = visitor.get("/welcome").text
    (onward,) = [e for e in elements(html) if e.attributes.get("http-equiv") == "refresh"]
    assert onward.attributes["content"] == "0;url=/"


def test_another_site_signs_nobody_in(parts: Bridge) -> None:
    fields = {"token": parts.token()}
    answer = Visitor(parts, None).ask("POST", "/login", data=fields)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_theme_and_language_are_kept_and_nobody_is_led_elsewhere(maria: Visitor) -> None:
    done = maria.send("/page/display", theme="dark", language="es", back="/alarms")
    assert done.headers["location"] == "/alarms"
    (html,) = [one for one in elements(maria.get("/").text) if one.name == "html"]
    assert html.attributes == {"lang": "es", "data-theme": "dark"}
    done = maria.send("/page/display", theme="<script>", back="//evil.example")
    assert done.headers["location"] == "/"
    assert "set-cookie" not in done.headers


def test_files_are_kept_for_ever_under_the_address_of_their_content(maria: Visitor) -> None:
    for asset in ASSETS.values():
        answer = maria.get(asset.url)
        assert (answer.status_code, answer.content) == (200, asset.octets)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == asset.media_type
    assert maria.get("/page/static/../routes.py").status_code == 404
    assert maria.get("/page/static/nothing.css").status_code == 404


def test_the_log_of_a_meter_is_on_its_page_and_in_its_stream(
    parts: Bridge, maria: Visitor, beginning: Callable[[str], str]
) -> None:
    ring = parts.services.log.ring
    assert ring is not None
    for number in range(LINES_FIRST + 20):
        ring.add(NOW_MS, "info", f"polled {number}", "kitchen", {"values": 5})
    ring.add(NOW_MS, "info", "of another", "cellar", {})
    html = maria.get("/meters/1").text
    found = elements(html)
    lines = [e.text for e in found if e.attributes.get("id", "").startswith("log-")]
    assert "polled 119" in " ".join(lines)
    assert "polled 19 " not in " ".join(lines)
    assert "of another" not in html
    (path,) = [e.attributes["data-events"] for e in found if "data-events" in e.attributes]
    ring.add(NOW_MS, "warning", "news", "kitchen", {})
    text = beginning(path)
    assert text.count("event: log") == 1
    (log,) = [line for line in text.splitlines() if "log-" in line and "news" in line]
    assert json.loads(log.removeprefix("data: "))["html"].count("<li") == 1


def test_a_stream_of_nothing_is_refused(maria: Visitor) -> None:
    assert maria.get("/page/events?screen=nothing").status_code == 404
    assert maria.get("/page/events?screen=meter&meter=99").status_code == 404


def test_a_stream_begins_with_every_region(beginning: Callable[[str], str]) -> None:
    text = beginning("/page/events?screen=fleet&at=/")
    regions = next(line for line in text.splitlines() if line.startswith('data: {"fleet'))
    sent = json.loads(regions.removeprefix("data: "))
    assert set(sent) == {"fleet-summary", "fleet-table"}
    assert elements(sent["fleet-table"])[0].attributes["id"] == "fleet-table"


def test_an_alarm_is_acknowledged_and_one_is_back_where_one_was(
    parts: Bridge, maria: Visitor
) -> None:
    condition = Condition("silence", "no good reading")
    alarm = parts.store.save_alarm(Alarm("kitchen", condition, NOW_MS, NOW_MS))
    done = maria.send(f"/alarms/{alarm.number}/acknowledge", back="/meters/1")
    assert (done.status_code, done.headers["location"]) == (303, "/meters/1")
    (after,) = parts.store.alarms()
    assert after.acknowledged_by == "maria"
    assert parts.store.audit()[0].action == "alarm.ack"
    assert maria.send("/alarms/99/acknowledge").status_code == 404


def test_a_sink_is_tested_from_its_page(parts: Bridge, maria: Visitor) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h", "port": 1}))
    done = maria.send("/sinks/tb/test")
    assert done.headers["location"].startswith("/delivery?operation=")
    assert "sink test" in maria.get(done.headers["location"]).text
    assert maria.send("/sinks/nothing/test").status_code == 404
