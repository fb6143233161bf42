"""The audit tells who did what, to an admin alone."""

from __future__ import annotations

from rig.bridge import NOW_MS, Bridge, ask

from dlmslite_daemon.api.caller import Role


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
