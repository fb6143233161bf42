"""Changes of meters over the API: tried first, audited, no secret shown, unknown names refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from rig.bridge import GOOD_TRIAL, Bridge, ask, ended

from dlmslite_daemon.engine.acquaintance import SERIAL
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.trial import Trial


def changed(parts: Bridge, body: dict[str, Any]) -> dict[str, Any]:
    status, content = ask(parts.app, "PATCH", "/api/meters/kitchen", body)
    assert status == 202, content
    return ended(parts.app, content)


def test_a_pair_is_tried_then_saved_and_stands_in_the_audit_without_its_secret(
    parts: Bridge,
) -> None:
    parts.control.trial = evolve(GOOD_TRIAL, serial="A1")
    done = changed(parts, {"client": 32, "password": "hunter2"})["result"]
    assert (done["saved"], done["tried"], done["serial"]) == (True, True, "A1")
    settings = parts.store.meter("kitchen").settings
    assert (settings.client, settings.auth.value, settings.password) == (32, "lls", "sealed:7")
    assert parts.store.notebook("kitchen")[SERIAL] == "A1"
    (entry,) = parts.store.audit()
    assert (entry.action, entry.target) == ("meter.set", "kitchen")
    assert "client=32" in entry.detail
    assert "hunter2" not in entry.detail
    assert "hunter2" not in str(done)


def test_a_refused_pair_leaves_the_old_one(parts: Bridge) -> None:
    parts.control.trial = Trial(False, 1.0, fault=Fault("E-METER-CREDENTIALS", "wrong"))
    done = changed(parts, {"client": 32})["result"]
    assert (done["ok"], done["saved"], done["fault"]["code"]) == (
        False,
        False,
        "E-METER-CREDENTIALS",
    )
    assert parts.store.meter("kitchen").settings.client == 1
    assert not parts.store.audit()
    assert changed(parts, {"client": 32, "force": True})["result"]["saved"]


def test_another_meter_at_the_new_host_is_refused(parts: Bridge) -> None:
    parts.store.note("kitchen", {SERIAL: "OLD"})
    parts.control.trial = evolve(GOOD_TRIAL, serial="NEW")
    operation = changed(parts, {"host": "192.0.2.99"})
    assert operation["error"]["code"] == "E-METER-IDENTITY"
    assert "192.0.2.7" in parts.store.meter("kitchen").settings.url
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/swap", {"serial": "LABEL"})
    assert ended(parts.app, content)["error"]["code"] == "E-METER-IDENTITY"
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/swap")
    done = ended(parts.app, content)["result"]
    assert (status, done["saved"], done["serial_known"]) == (202, True, "OLD")
    assert parts.store.notebook("kitchen")[SERIAL] == "NEW"
    assert ("swapped", "kitchen") in parts.control.calls
    assert parts.store.audit()[0].detail == "OLD → NEW"


def test_a_number_of_a_policy_is_changed_for_one_meter_without_a_trial(parts: Bridge) -> None:
    done = changed(parts, {"policies": {"breaker": {"limit": 5}}, "every": 4})["result"]
    assert (done["saved"], done["tried"]) == (True, False)
    assert [warning["code"] for warning in done["warnings"]] == ["W-INTERVAL"]
    content = ask(parts.app, "GET", "/api/meters/1/policies")[1]
    knobs = {knob["name"]: knob for knob in content["settings"]}
    assert (knobs["breaker.limit"]["value"], knobs["breaker.limit"]["source"]) == (5, "meter")
    assert "breaker.limit=5" in parts.store.audit()[0].detail
    changed(parts, {"policies": {"breaker": {"limit": None}}})
    assert parts.store.meter("kitchen").settings.policies == {}


def test_numbers_for_all_meters_are_changed_and_shown_with_their_source(parts: Bridge) -> None:
    body = {"policies": {"busy": {"waits": [5, 10]}, "credentials": {"refusals": 1}}}
    status, content = ask(parts.app, "PATCH", "/api/policies", body)
    assert status == 200
    content = ask(parts.app, "GET", "/api/policies")[1]
    knobs = {knob["name"]: knob for knob in content["settings"]}
    assert (knobs["busy.waits"]["value"], knobs["busy.waits"]["source"]) == ([5, 10], "operator")
    assert knobs["breaker.limit"] == {
        "name": "breaker.limit",
        "policy": "breaker",
        "value": 10,
        "source": "default",
    }
    assert parts.control.calls[0][0] == "retune"
    assert parts.store.audit()[0].action == "policies.set"


@pytest.mark.parametrize(
    ("path", "body", "key"),
    [
        ("/api/policies", {"policies": {"brake": {"limit": 1}}}, "policies.brake"),
        ("/api/policies", {"policies": {"breaker": {"limits": 1}}}, "policies.breaker.limits"),
        ("/api/meters/1", {"policies": {"brake": {"limit": 1}}}, "policies.brake"),
        ("/api/meters/1", {"client": 900}, "client"),
        ("/api/meters/1", {"profile": "nothing"}, "profile"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once_with_what_there_is(
    parts: Bridge, path: str, body: dict[str, Any], key: str
) -> None:
    status, content = ask(parts.app, "PATCH", path, body)
    assert status == 422
    assert content["error"]["message"].startswith(key)
    assert parts.control.calls == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/meters/attic", {"client": 1}),
        ("POST", "/api/meters/attic/swap", None),
        ("GET", "/api/meters/attic/policies", None),
    ],
)
def test_an_unknown_meter_is_404(parts: Bridge, method: str, path: str, body: object) -> None:
    status, content = ask(parts.app, method, path, body)
    assert (status, content["error"]["code"]) == (404, "E-METER-UNKNOWN")


def test_lines_show_their_load(parts: Bridge) -> None:
    content = ask(parts.app, "GET", "/api/lines")[1]
    (line,) = content["lines"]
    assert (line["line"], line["share"], line["unmeasured"]) == (
        "192.0.2.7:3333",
        Decimal(0),
        ["kitchen"],
    )
