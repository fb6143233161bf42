"""A scan over the API: an operation, with ranges that are checked before it begins."""

from __future__ import annotations

import pytest
from rig.bridge import Bridge, ask, ended
from rig.doctor import METER

from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.engine.scan import Scanned, Wanted


def test_a_scan_is_an_operation_with_who_was_found(parts: Bridge) -> None:
    body = {"networks": ["127.0.0.0/24"], "ports": [3333, 4059], "serial": "MS1234"}
    parts.scout.scanned = Scanned(found=(METER,), places=9, seconds=2.34, match=METER)
    status, content = ask(parts.app, "POST", "/api/scan", body)
    result = ended(parts.app, content)["result"]

    assert status == 202
    assert (result["places"], float(result["seconds"])) == (9, 2.3)
    assert result["found"][0]["serial"] == "MS1234"
    assert result["match"]["url"] == "tcp+hdlc://127.0.0.9:3333"
    assert parts.scout.calls == [
        Wanted(networks=("127.0.0.0/24",), ports=(3333, 4059), serial="MS1234")
    ]
    assert [(e.action, e.target) for e in parts.store.audit()] == [("scan", "127.0.0.0/24")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"networks": []},
        {"networks": ["10.0.0.0/8"]},
        {"networks": ["kitchen"]},
        {"networks": ["127.0.0.1"], "ports": []},
        {"networks": ["127.0.0.1"], "ports": [0]},
        {"networks": ["127.0.0.1"], "password": "x"},
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_opened(
    parts: Bridge, body: object
) -> None:
    assert ask(parts.app, "POST", "/api/scan", body)[0] == 422
    assert parts.scout.calls == []


def test_a_viewer_may_not_scan(parts: Bridge) -> None:
    token = parts.token(role=Role.VIEWER)
    body = {"networks": ["127.0.0.1"]}

    assert ask(parts.app, "POST", "/api/scan", body, token=token, local=False)[0] == 403
