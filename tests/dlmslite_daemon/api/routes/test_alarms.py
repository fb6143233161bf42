"""Alarms over the API: what is shown, who may do what, and what the audit says."""

from __future__ import annotations

from typing import Any

import pytest
from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.alarm import Condition, Severity
from dlmslite_daemon.api.auth import make_token
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.routes import alarms as module

OPEN = Condition("breaker_open", "left alone", Severity.ERROR, "connection", "10 in an hour")
QUIET = Condition("silence", "nothing heard")


@pytest.fixture
def alarmed(parts: Bridge) -> Bridge:
    """The kitchen's breaker is open (1) and it is silent (2); so is a sink (3)."""
    for subject, conditions in (("kitchen", (OPEN, QUIET)), ("sink:tb", (QUIET,))):
        parts.desk.report(subject, conditions)
        parts.desk.turn(parts.clock.monotonic())
    return parts


def listed(parts: Bridge, query: str = "") -> list[int]:
    status, content = ask(parts.app, "GET", f"/api/alarms{query}")
    assert (status, content["count"]) == (200, len(content["alarms"]))
    return [alarm["id"] for alarm in content["alarms"]]


def post(parts: Bridge, path: str, body: object = None) -> tuple[int, Any]:
    return ask(parts.app, "POST", f"/api/alarms{path}", body)


def test_an_alarm_shows_all_that_is_known_of_it(alarmed: Bridge) -> None:
    status, content = ask(alarmed.app, "GET", "/api/alarms/1")
    assert status == 200
    assert content["alarm"] == {
        "id": 1,
        "subject": "kitchen",
        "code": "breaker_open",
        "severity": "error",
        "category": "connection",
        "message": "left alone",
        "details": "10 in an hour",
        "raised": NOW_MS,
        "last": NOW_MS,
        "count": 1,
        "flaps": 0,
        "active": True,
        "muted": False,
        "acknowledged": False,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "cleared": None,
        "cleared_by": None,
    }


def test_alarms_are_listed_newest_first_by_meter_and_subject(alarmed: Bridge) -> None:
    assert listed(alarmed) == [3, 2, 1]
    assert listed(alarmed, "?meter=1") == listed(alarmed, "?meter=kitchen") == [2, 1]
    assert listed(alarmed, "?subject=sink:tb") == [3]
    assert ask(alarmed.app, "GET", "/api/alarms?meter=attic")[0] == 404


def test_those_that_are_over_come_page_by_page(alarmed: Bridge) -> None:
    alarmed.desk.report("kitchen", ())
    alarmed.desk.turn(alarmed.clock.monotonic())
    assert listed(alarmed) == [3]
    _, content = ask(alarmed.app, "GET", "/api/alarms?all=true&limit=2")
    assert ([a["id"] for a in content["alarms"]], content["next_before"]) == ([3, 2], 2)
    _, content = ask(alarmed.app, "GET", "/api/alarms?all=true&limit=2&before=2")
    assert ([a["id"] for a in content["alarms"]], content["next_before"]) == ([1], None)


def test_acknowledging_and_clearing_are_kept_and_audited(alarmed: Bridge) -> None:
    status, content = post(alarmed, "/1/ack")
    assert (status, content["message"]) == (200, "alarm 1 is acknowledged")
    assert content["alarm"]["acknowledged_by"] == "local"
    status, content = post(alarmed, "/1/clear")
    assert (status, content["alarm"]["cleared_by"]) == (200, "local")
    assert listed(alarmed) == [3, 2]
    done = [(e.action, e.target, e.detail) for e in alarmed.store.audit()]
    assert done == [
        ("alarm.clear", "kitchen", "breaker_open, alarm 1"),
        ("alarm.ack", "kitchen", "breaker_open, alarm 1"),
    ]


@pytest.mark.parametrize("verb", ["ack", "clear", "mute", "unmute"])
def test_an_unknown_alarm_is_404_on_every_verb(alarmed: Bridge, verb: str) -> None:
    status, content = post(alarmed, f"/99/{verb}")
    assert (status, content["error"]["code"]) == (404, "E-ALARM-UNKNOWN")


def test_a_number_that_is_none_is_422_and_what_is_no_number_404(alarmed: Bridge) -> None:
    for number, status in (("0", 422), (str(2**63), 422), ("-1", 404), ("x", 404)):
        assert post(alarmed, f"/{number}/ack")[0] == status
        assert ask(alarmed.app, "GET", f"/api/alarms/{number}")[0] == status


def test_muting_one_mutes_its_code_and_subject_until_it_is_unmuted(alarmed: Bridge) -> None:
    until = NOW_MS + 60_000
    status, content = post(alarmed, "/1/mute", {"until": until})
    assert (status, content["message"]) == (200, "breaker_open of kitchen is muted")
    (mute,) = ask(alarmed.app, "GET", "/api/alarms")[1]["mutes"]
    assert (mute["code"], mute["subject"], mute["until"], mute["by"]) == (
        "breaker_open", "kitchen", until, "local",
    )  # fmt: skip
    _, content = ask(alarmed.app, "GET", "/api/meters")
    assert content["meters"][0]["alarms"] == 1
    assert ask(alarmed.app, "GET", "/api/alarms/1")[1]["alarm"]["muted"] is True
    assert post(alarmed, "/1/unmute")[0] == 200
    assert ask(alarmed.app, "GET", "/api/alarms")[1]["mutes"] == []
    status, content = post(alarmed, "/1/unmute")
    assert (status, content["error"]["code"]) == (404, "E-MUTE-UNKNOWN")


def test_a_mute_that_has_ended_is_not_shown(alarmed: Bridge) -> None:
    post(alarmed, "/1/mute", {"until": NOW_MS + 1000})
    alarmed.clock.advance(1.0)
    assert ask(alarmed.app, "GET", "/api/alarms")[1]["mutes"] == []


def test_a_code_a_meter_or_both_are_muted(alarmed: Bridge) -> None:
    assert post(alarmed, "/mute", {"code": "silence"})[0] == 201
    assert post(alarmed, "/mute", {"meter": "1"})[0] == 201
    assert post(alarmed, "/mute", {"code": "silence", "subject": "sink:tb"})[0] == 201
    mutes = ask(alarmed.app, "GET", "/api/alarms")[1]["mutes"]
    assert [(m["code"], m["subject"]) for m in mutes] == [
        ("silence", None),
        (None, "kitchen"),
        ("silence", "sink:tb"),
    ]
    status, content = post(alarmed, "/unmute", {"meter": "kitchen"})
    assert (status, content["message"]) == (200, "every alarm of kitchen is no longer muted")
    assert alarmed.store.audit()[0].action == "alarm.unmute"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"code": "silence", "until": NOW_MS}, 422),
        ({"code": "silence", "until": -1}, 422),
        ({"meter": "kitchen", "subject": "bridge"}, 422),
        ({"meter": "attic"}, 404),
        ({"code": "silence", "colour": "red"}, 422),
    ],
)
def test_a_mute_that_makes_no_sense_is_refused(
    alarmed: Bridge, body: dict[str, object], status: int
) -> None:
    assert post(alarmed, "/mute", body)[0] == status
    assert alarmed.store.mutes() == []


def test_a_viewer_looks_and_changes_nothing(alarmed: Bridge) -> None:
    token = make_token(alarmed.store, alarmed.clock, "eve", Role.VIEWER)

    def status(method: str, path: str) -> int:
        return ask(alarmed.app, method, f"/api/alarms{path}", token=token, local=False)[0]

    assert (status("GET", ""), status("GET", "/1")) == (200, 200)
    for path in ("/1/ack", "/1/clear", "/1/mute", "/1/unmute"):
        assert status("POST", path) == 403


def test_only_a_code_that_there_is_can_be_muted(alarmed: Bridge) -> None:
    status, content = post(alarmed, "/mute", {"code": "silense"})
    assert (status, content["error"]["code"]) == (404, "E-ALARM-CODE")
    assert content["error"]["hint"] == "near it: silence"
    status, content = post(alarmed, "/mute", {"code": "xyz", "meter": "kitchen"})
    assert status == 404
    assert all(code in content["error"]["hint"] for code in ("backup_failed", "value_stuck"))
    assert alarmed.store.mutes() == []
    assert post(alarmed, "/mute", {"code": "thread_stuck"})[0] == 201


def test_what_an_old_bridge_left_can_be_muted_by_its_code(
    alarmed: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_MAX", 1)  # it stands on a later page
    assert post(alarmed, "/mute", {"code": "old_watchdog"})[0] == 404
    alarmed.desk.report("attic", (Condition("old_watchdog", "no data for 10 min"),))
    alarmed.desk.turn(alarmed.clock.monotonic())
    alarmed.desk.report("attic", (QUIET,))
    alarmed.desk.turn(alarmed.clock.monotonic())
    assert post(alarmed, "/mute", {"code": "old_watchdog"})[0] == 201
