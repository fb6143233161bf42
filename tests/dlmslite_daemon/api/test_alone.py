"""Without a daemon the store answers whoever only looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, ask, bridge, reading
from starlette.types import ASGIApp

from dlmslite_daemon.api.alone import app_alone
from dlmslite_daemon.config.schema import BridgeConfig, StoreSettings
from dlmslite_daemon.errors import StoreError


def of(folder: Path, policies: dict[str, dict[str, object]] | None = None) -> BridgeConfig:
    store = StoreSettings(path=str(folder / "bridge.db"))
    return BridgeConfig(store=store, policies=policies or {})


def test_it_shows_what_is_stored_and_changes_nothing(tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        parts.keep(reading("voltage", NOW_MS, 22990))
    app, done = app_alone(of(tmp_path))
    try:
        (row,) = ask(app, "GET", "/api/meters")[1]["meters"]
        assert (row["name"], row["observed"], row["status"]) == ("kitchen", None, "running")
        status = ask(app, "GET", "/api/meters/kitchen/status")[1]["status"]
        assert str(status["values"]["voltage"]["value"]) == "229.90"
        health = ask(app, "GET", "/api/system/health")[1]
        assert (health["overall"], health["reasons"]) == ("failed", ["no daemon runs"])
        answered, content = ask(app, "POST", "/api/meters/kitchen/pause")
        assert (answered, content["error"]["code"]) == (503, "E-DAEMON-UNREACHABLE")
        body = {"name": "b", "url": "tcp://h:1", "auth": "lls", "password": "hunter2"}
        assert ask(app, "POST", "/api/meters", body)[0] == 503
        assert ask(app, "GET", "/readyz")[0] == 503
    finally:
        done()


def test_where_there_is_no_store_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        app_alone(of(tmp_path))


def knobs(app: ASGIApp, path: str) -> dict[str, tuple[object, str]]:
    status, content = ask(app, "GET", path)
    assert status == 200
    return {knob["name"]: (knob["value"], knob["source"]) for knob in content["settings"]}


def test_policies_are_those_that_a_daemon_would_start_with(tmp_path: Path) -> None:
    """The file's, what an operator said for all, and the meter's own, as with a daemon."""
    with bridge(tmp_path) as parts:
        parts.store.add_meter(evolve(KITCHEN, policies={"breaker": {"limit": 3}}))
        parts.store.save_setting("policies.silence", '{"seconds": 700.0}')
    app, done = app_alone(of(tmp_path, {"breaker": {"limit": 5}, "silence": {"intervals": 9}}))
    try:
        of_all, own = knobs(app, "/api/policies"), knobs(app, "/api/meters/kitchen/policies")
        assert (of_all["breaker.limit"], own["breaker.limit"]) == ((5, "file"), (3, "meter"))
        assert of_all["silence.seconds"] == own["silence.seconds"] == (700, "operator")
        assert own["silence.intervals"] == (9, "file")
        assert own["busy.waits"][1] == "default"
        assert ask(app, "GET", "/api/meters/kitchen/policies")[1]["policies"] == []
        assert ask(app, "GET", "/api/meters/attic/policies")[0] == 404
        assert ask(app, "PATCH", "/api/policies", {"policies": {}})[0] == 503
    finally:
        done()


def test_a_wrong_policy_in_the_file_keeps_nobody_from_the_rest(tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
    app, done = app_alone(of(tmp_path, {"brake": {"limit": 5}}))
    try:
        assert ask(app, "GET", "/api/meters")[1]["count"] == 1
        status, content = ask(app, "GET", "/api/policies")
        assert (status, content["error"]["code"]) == (422, "E-CONFIG-KEY")
    finally:
        done()
