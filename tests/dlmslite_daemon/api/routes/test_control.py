"""Pause, resume, restart, read over the API: the old envelope, 404 for nobody, audited."""

from __future__ import annotations

import pytest
from attrs import evolve
from rig.bridge import GOOD_VALUE, NOW_MS, Bridge, ask, ended

from dlmslite_daemon.api.auth import make_token
from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.api.routes.control import READ_SECONDS
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.store.records import Desired

READ = {"obis": "1.1.32.7.0.255"}


def test_pause_and_resume_change_what_is_desired(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/pause", {"until": NOW_MS + 1})
    assert (status, content["desired"], content["until"]) == (200, "paused", NOW_MS + 1)
    assert parts.store.meter("kitchen").desired is Desired.PAUSED
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/resume", {"force": True})
    assert (status, content["desired"]) == (200, "running")
    assert parts.control.calls == [
        ("pause", "1", NOW_MS + 1),
        ("resume", "kitchen", True),
    ]
    assert [entry.action for entry in parts.store.audit()] == ["meter.resume", "meter.pause"]


def test_a_pause_that_would_be_over_at_once_is_refused(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/pause", {"until": NOW_MS})
    assert (status, content["error"]["message"]) == (422, "until: it is over")
    assert parts.control.calls == []


def test_a_restart_says_that_only_this_meter_is_concerned(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/restart")
    assert (status, content["message"], content["meter_id"]) == (200, "kitchen is restarted", 1)
    assert "only this meter" in content["note"]
    assert [(e.action, e.target) for e in parts.store.audit()] == [("meter.restart", "kitchen")]


def test_a_read_is_an_operation_with_the_value_as_result(parts: Bridge) -> None:
    body = READ | {"attribute": 3, "class_id": 4}
    status, content = ask(parts.app, "POST", "/api/meters/1/read", body)
    assert status == 202
    assert ended(parts.app, content)["result"] == {
        "ok": True,
        "meter_id": 1,
        "attribute": 3,
        "key": "read",
        "obis": "1.1.32.7.0.255",
        "text": "229.90",
        "unit": "V",
        "error": "",
        "code": "",
        "content": "",
    }
    wanted = SeriesSettings("read", "1.1.32.7.0.255", 4, 3)
    assert parts.control.calls == [("read", "kitchen", wanted, READ_SECONDS)]
    (entry,) = parts.store.audit()
    assert (entry.action, entry.detail) == ("meter.read", "1.1.32.7.0.255:3")


def test_a_read_that_brings_nothing_says_why(parts: Bridge) -> None:
    parts.control.value = evolve(GOOD_VALUE, text=None, error="object-undefined")
    result = ended(parts.app, ask(parts.app, "POST", "/api/meters/1/read", READ)[1])["result"]
    assert (result["ok"], result["error"]) == (False, "object-undefined")
    parts.control.value = BridgeError("silent", code="E-METER-SILENT")
    operation = ended(parts.app, ask(parts.app, "POST", "/api/meters/1/read", READ)[1])
    assert (operation["state"], operation["error"]["code"]) == ("failed", "E-METER-SILENT")


@pytest.mark.parametrize("body", [{}, {"obis": "voltage"}, READ | {"attribute": 300}])
def test_a_read_of_nonsense_is_refused(parts: Bridge, body: dict[str, object]) -> None:
    assert ask(parts.app, "POST", "/api/meters/1/read", body)[0] == 422
    assert parts.control.calls == []


@pytest.mark.parametrize("verb", ["pause", "resume", "restart", "read"])
def test_nobody_is_404_and_a_viewer_may_not(parts: Bridge, verb: str) -> None:
    body = READ if verb == "read" else None
    status, content = ask(parts.app, "POST", f"/api/meters/99/{verb}", body)
    assert (status, content["error"]["code"]) == (404, "E-METER-UNKNOWN")
    token = make_token(parts.store, parts.clock, "eve", Role.VIEWER)
    path = f"/api/meters/1/{verb}"
    assert ask(parts.app, "POST", path, body, token=token, local=False)[0] == 403


def test_a_paused_meter_is_not_restarted(parts: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def paused(_: str) -> None:
        raise BridgeError("paused", code="E-METER-PAUSED")

    monkeypatch.setattr(type(parts.control), "restart", lambda _, name: paused(name))
    assert ask(parts.app, "POST", "/api/meters/1/restart")[0] == 409
