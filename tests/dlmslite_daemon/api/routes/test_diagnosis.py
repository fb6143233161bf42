"""Diagnosis over the API: the old envelope of ``test``, operations that tell, findings."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge, ask, ended
from rig.doctor import BAD, GOOD

from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.config.schema import Auth
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.finding import FindingRecord
from dlmslite_daemon.meters.long_run import IDLE_GAPS


def test_the_old_envelope_says_what_the_old_bridge_said(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/test")

    assert (status, content["success"], content["meter_id"]) == (200, True, 1)
    assert content["tests"]["ping"] == {"success": True, "output": "it answers an echo request"}
    tcp = content["tests"]["tcp"]
    assert (tcp["success"], float(tcp["connection_time"])) == (True, 0.015)
    assert (tcp["host"], tcp["port"]) == ("192.0.2.7", 3333)
    assert content["tests"]["dlms"]["success"] is True
    assert (content["finding"]["cause"], content["healthy"]) == ("ok", True)
    assert content["values"][0]["text"] == "229.90"
    assert [(e.action, e.target, e.detail) for e in parts.store.audit()] == [
        ("meter.test", "kitchen", "")
    ]


def test_a_fault_is_a_success_of_the_test(parts: Bridge) -> None:
    parts.doctor.diagnosed = BAD
    status, content = ask(parts.app, "POST", "/api/meters/kitchen/test", {})

    assert (status, content["success"], content["healthy"]) == (200, True, False)
    assert content["tests"]["tcp"]["connection_time"] == "refused, 3 times"
    assert content["tests"]["dlms"] == {
        "success": False,
        "cause": "refused",
        "output": content["finding"]["evidence"][0],
    }


def test_without_waiting_it_is_an_operation_that_tells(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/test", {"wait": False})

    assert status == 202
    operation = ended(parts.app, content)
    assert operation["result"]["healthy"] is True
    assert operation["verb"] == "meter test"


def test_another_pair_is_given_for_this_test_alone(parts: Bridge) -> None:
    body = {"client": 32, "password": "11111111"}
    status, content = ask(parts.app, "POST", "/api/meters/1/test", body)
    ((_, settings),) = parts.doctor.calls

    assert status == 200
    assert (settings.client, settings.auth, settings.password) == (32, Auth.LLS, "sealed:8")
    assert "11111111" not in str(content)
    assert parts.store.meter("kitchen").settings.client == 1
    assert parts.store.audit()[0].detail == "as client 32"


def test_another_client_without_a_password_proves_nothing(parts: Bridge) -> None:
    ask(parts.app, "POST", "/api/meters/1/test", {"client": 16})
    ((_, settings),) = parts.doctor.calls

    assert (settings.client, settings.auth, settings.password) == (16, Auth.NONE, "")


def test_a_diagnosis_is_an_operation(parts: Bridge) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/diagnose", {"long": True})

    assert status == 202
    assert ended(parts.app, content)["result"]["finding"]["cause"] == "ok"
    assert parts.doctor.calls == [
        ("diagnose", "kitchen", {"long": True, "reads": 30, "gaps": IDLE_GAPS})
    ]
    assert parts.store.audit()[0].action == "meter.diagnose"


@pytest.mark.parametrize(
    ("body", "reads", "gaps"), [(None, 200, IDLE_GAPS), ({"quick": True}, 30, ())]
)
def test_a_commissioning_has_a_page(
    parts: Bridge, body: object, reads: int, gaps: tuple[float, ...]
) -> None:
    status, content = ask(parts.app, "POST", "/api/meters/1/commission", body)

    assert status == 202
    assert ended(parts.app, content)["result"]["page"] == "# Commissioning of kitchen\n"
    assert parts.doctor.calls == [
        ("commission", "kitchen", {"reads": reads, "gaps": gaps, "rows": 20})
    ]


def test_what_could_not_be_run_is_an_error(parts: Bridge) -> None:
    parts.doctor.diagnosed = BridgeError("the line gave no result", code="E-LINE-BUSY")
    status, content = ask(parts.app, "POST", "/api/meters/1/diagnose")

    assert status == 202
    assert ended(parts.app, content)["error"]["code"] == "E-LINE-BUSY"


def test_what_was_found_is_shown_the_newest_first(parts: Bridge) -> None:
    for found in (GOOD, BAD):
        parts.store.add_finding(FindingRecord(found.finding, found.page))
    status, content = ask(parts.app, "GET", "/api/meters/1/diagnoses?limit=1")

    assert (status, content["count"]) == (200, 1)
    (newest,) = content["diagnoses"]
    assert (newest["cause"], newest["healthy"]) == ("refused", False)
    assert newest["rungs"][-1]["name"] == "connect"
    assert ask(parts.app, "GET", "/api/meters/1/diagnoses?limit=0")[0] == 422


@pytest.mark.parametrize(
    ("method", "verb"),
    [("POST", "test"), ("POST", "diagnose"), ("POST", "commission"), ("GET", "diagnoses")],
)
def test_an_unknown_meter_is_404_on_every_verb(parts: Bridge, method: str, verb: str) -> None:
    status, content = ask(parts.app, method, f"/api/meters/attic/{verb}")

    assert (status, content["error"]["code"]) == (404, "E-METER-UNKNOWN")
    assert parts.doctor.calls == []


@pytest.mark.parametrize("verb", ["test", "diagnose", "commission"])
def test_a_viewer_may_look_and_not_run(parts: Bridge, verb: str) -> None:
    token = parts.token(role=Role.VIEWER)

    assert ask(parts.app, "POST", f"/api/meters/1/{verb}", token=token, local=False)[0] == 403
    assert ask(parts.app, "GET", "/api/meters/1/diagnoses", token=token, local=False)[0] == 200


@pytest.mark.parametrize(
    "body", [{"client": 0}, {"client": 128}, {"pasword": "x"}, {"wait": "perhaps"}]
)
def test_a_body_that_makes_no_sense_is_refused(parts: Bridge, body: object) -> None:
    assert ask(parts.app, "POST", "/api/meters/1/test", body)[0] == 422
