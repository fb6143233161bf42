"""What operators did: everything that changed something, found by who, what and whom."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.api.caller import Role
from dlmslite_daemon.store.records import AuditEntry


@pytest.fixture
def filled(parts: Bridge) -> Bridge:
    for n, (actor, action, target) in enumerate(
        [
            ("ann", "meter.pause", "kitchen"),
            ("bob", "meter.resume", "kitchen"),
            ("ann", "meters.x", "attic"),
            ("ann", "sink.add", "tb"),
        ]
    ):
        parts.store.add_audit(AuditEntry(NOW_MS + n, actor, action, target, "why"))
    return parts


def actions(parts: Bridge, query: str = "") -> list[str]:
    status, content = ask(parts.app, "GET", f"/api/audit{query}")
    assert status == 200
    assert content["count"] == len(content["audit"])
    return [entry["action"] for entry in content["audit"]]


def test_the_newest_comes_first(filled: Bridge) -> None:
    assert actions(filled) == ["sink.add", "meters.x", "meter.resume", "meter.pause"]
    assert actions(filled, "?limit=1") == ["sink.add"]


def test_it_is_found_by_who_what_whom_and_when(filled: Bridge) -> None:
    assert actions(filled, "?action=meter") == ["meter.resume", "meter.pause"]
    assert actions(filled, "?action=meter.pause") == ["meter.pause"]
    assert actions(filled, "?action=%25") == []
    assert actions(filled, "?actor=bob") == ["meter.resume"]
    assert actions(filled, "?target=tb") == ["sink.add"]
    assert actions(filled, f"?since={NOW_MS + 3}") == ["sink.add"]


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "since=-1", "limit=x"])
def test_what_makes_no_sense_is_refused(parts: Bridge, query: str) -> None:
    assert ask(parts.app, "GET", f"/api/audit?{query}")[0] == 422


def test_what_was_done_is_told_newest_first(parts: Bridge) -> None:
    anna = parts.token("anna", Role.OPERATOR)
    ask(parts.app, "POST", "/api/meters/kitchen/pause", token=anna, local=False)
    ask(parts.app, "POST", "/api/meters/kitchen/resume", {"force": True})
    _, content = ask(parts.app, "GET", "/api/audit")
    assert content["audit"] == [
        {
            "ts_ms": NOW_MS,
            "actor": actor,
            "action": action,
            "target": "kitchen",
            "detail": detail,
        }
        for actor, action, detail in [
            ("local", "meter.resume", "by force"),
            ("anna", "meter.pause", ""),
        ]
    ]
    assert ask(parts.app, "GET", "/api/audit?limit=1")[1]["count"] == 1


def test_it_is_for_admins(parts: Bridge) -> None:
    anna = parts.token("anna", Role.OPERATOR)
    assert ask(parts.app, "GET", "/api/audit", token=anna, local=False)[0] == 403
    assert ask(parts.app, "GET", "/api/audit?limit=0")[0] == 422
