"""Sinks that stand: changed once the change was tested, turned off and on, removed."""

from __future__ import annotations

from typing import Any

import pytest
from rig.bridge import Bridge, ask, ended

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.sinks.probe import SinkTrial

REFUSED = SinkTrial(code="E-SINK-REFUSED", message="not authorized")


@pytest.fixture
def sunk(parts: Bridge) -> Bridge:
    """A sink that delivers to an old broker."""
    options = {"host": "old", "port": 1883, "secret": "env:PW"}
    parts.store.add_sink(SinkSettings("tb", "thingsboard", options=options))
    return parts


def change(parts: Bridge, body: object) -> dict[str, Any]:
    status, content = ask(parts.app, "PATCH", "/api/sinks/tb", body)
    assert status == 202
    return ended(parts.app, content)


def settings(parts: Bridge) -> SinkSettings:
    return parts.store.sinks()[0].settings


def test_a_change_is_saved_once_it_was_tested(sunk: Bridge) -> None:
    result = change(sunk, {"options": {"host": "new", "port": None}, "secret": "planted"})["result"]
    assert (result["saved"], result["tested"], result["ok"]) == (True, True, True)
    assert settings(sunk).options == {"host": "new", "secret": "sealed:7"}
    (entry,) = sunk.store.audit()
    assert (entry.action, entry.target) == ("sink.set", "tb")
    assert entry.detail == "host=new, port=None, secret"


def test_a_change_that_fails_leaves_the_old_sink_unless_forced(sunk: Bridge) -> None:
    sunk.control.sink_trial = REFUSED
    result = change(sunk, {"options": {"host": "new"}})["result"]
    assert (result["saved"], result["code"]) == (False, "E-SINK-REFUSED")
    assert settings(sunk).options["host"] == "old"
    assert sunk.store.audit() == []
    assert change(sunk, {"options": {"host": "new"}, "force": True})["result"]["saved"] is True
    assert settings(sunk).options["host"] == "new"


def test_off_and_on_need_no_test(sunk: Bridge) -> None:
    sunk.control.sink_trial = REFUSED
    for enabled in (False, True):
        result = change(sunk, {"enabled": enabled})["result"]
        assert result == {"saved": True, "tested": False, "ok": True}
        assert settings(sunk).enabled is enabled
    assert [entry.detail for entry in sunk.store.audit()] == ["on", "off"]
    assert sunk.control.calls == []


def test_a_secret_among_the_options_is_refused(sunk: Bridge) -> None:
    status, content = ask(sunk.app, "PATCH", "/api/sinks/tb", {"options": {"secret": "planted"}})
    assert status == 422
    assert "planted" not in str(content)


def test_a_sink_is_removed(sunk: Bridge) -> None:
    status, content = ask(sunk.app, "DELETE", "/api/sinks/tb")
    assert (status, content["message"]) == (200, "tb is removed")
    assert sunk.store.sinks() == []
    assert sunk.store.audit()[0].action == "sink.remove"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_unknown_sink_is_404(parts: Bridge, method: str) -> None:
    status, content = ask(parts.app, method, "/api/sinks/nobody", {} if method == "PATCH" else None)
    assert (status, content["error"]["code"]) == (404, "E-SINK-UNKNOWN")
