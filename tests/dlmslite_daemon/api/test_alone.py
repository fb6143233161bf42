"""Without a daemon the store answers whoever only looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import KITCHEN, NOW_MS, ask, bridge, reading

from dlmslite_daemon.api.alone import app_alone
from dlmslite_daemon.errors import StoreError


def test_it_shows_what_is_stored_and_changes_nothing(tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        parts.keep(reading("voltage", NOW_MS, 22990))
    app, done = app_alone(tmp_path / "bridge.db")
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
        app_alone(tmp_path / "bridge.db")
