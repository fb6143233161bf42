"""An operation can be followed; one that never was is 404."""

from __future__ import annotations

from rig.bridge import Bridge, ask


def test_an_unknown_operation_is_404(parts: Bridge) -> None:
    status, content = ask(parts.app, "GET", "/api/operations/7")
    assert (status, content["error"]["code"]) == (404, "E-OPERATION-UNKNOWN")


def test_an_operation_says_how_it_stands(parts: Bridge) -> None:
    started = parts.services.operations.start("nothing", dict)
    status, content = ask(parts.app, "GET", f"/api/operations/{started.id}")
    assert status == 200
    assert content["operation"]["verb"] == "nothing"
