"""Health: the old names, the verdict, and the two probes of a supervisor."""

from __future__ import annotations

import pytest
from rig.bridge import NOW_MS, Bridge, ask, reading

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.health import Fault


def test_all_is_well(parts: Bridge) -> None:
    parts.keep(*(reading("voltage", NOW_MS - n, n) for n in range(54)))
    status, content = ask(parts.app, "GET", "/api/system/health")
    assert (status, content["overall"], content["exit_code"]) == (200, "ok", 0)
    assert content["service"] == {
        "active": True,
        "status": "active",
        "since": "2023-11-14T22:12:20.000+00:00",
    }
    assert content["meters"] == {"total": 1, "by_status": {"online": 1}}
    assert content["readings_24h"] == 54
    assert content["active_alarms"] == {}
    assert content["store"]["kind"] == "sqlite"
    assert content["per_meter"][0]["name"] == "kitchen"


def test_broker_outbox_disk_and_targets_are_there(parts: Bridge) -> None:
    parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    parts.keep(reading("voltage", NOW_MS, 5))
    content = ask(parts.app, "GET", "/api/system/health")[1]
    assert content["broker"] == {"total": 1, "connected": 1, "last_puback": None}
    assert content["outbox"]["pending"] == {"live": 1, "history": 0}
    assert content["disk"]["free_bytes"] > 0
    assert len(content["targets"]) == 7
    assert {target["verdict"] for target in content["targets"]} == {"no data"}


def test_a_fleet_that_is_out_of_reach_is_a_failure_with_its_reason(parts: Bridge) -> None:
    parts.fault = Fault("E-LINE-REFUSED", "nobody listens", at_ms=NOW_MS)
    content = ask(parts.app, "GET", "/api/system/health")[1]
    assert (content["overall"], content["exit_code"]) == ("failed", 2)
    assert content["reasons"] == ["meter kitchen (offline): no answer"]


def test_the_probes_need_no_token(parts: Bridge) -> None:
    assert ask(parts.app, "GET", "/healthz", local=False) == (200, {"status": "ok"})
    assert ask(parts.app, "GET", "/readyz", local=False) == (200, {"status": "ok"})


def test_a_store_that_takes_nothing_is_not_ready(
    parts: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = {**parts.store.info(), "writer_alive": 0}
    monkeypatch.setattr(type(parts.store), "info", lambda _: info)
    assert ask(parts.app, "GET", "/readyz", local=False) == (503, {"status": "not ready"})
