"""Meters over the API: the old names, add tries first, import all or nothing, 404 on every verb."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rig.bridge import NOW_MS, Bridge, ask, ended, reading

from dlmslite_daemon.api.routes.sinks import TEST_SECONDS
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.refit import TRY_SECONDS
from dlmslite_daemon.engine.trial import Trial, TrialValue
from dlmslite_daemon.errors import BridgeError
from dlmslite_daemon.store.records import MeterMetrics

# old-bridge.md 7.2: what clients of the old API read.
OLD_ROW = {
    "id",
    "name",
    "ip_address",
    "port",
    "status",
    "client_id",
    "server_id",
    "last_seen",
    "last_error",
    "error_count",
    "model",
    "serial_number",
    "firmware_version",
    "created_at",
    "updated_at",
    "latest_metric",
}
OLD_METRIC = {"success_rate", "total_reads", "successful_reads", "messages_sent", "timestamp"}
GARAGE = {
    "name": "garage",
    "url": "tcp+hdlc://192.0.2.8:3333",
    "auth": "lls",
    "password": "hunter2",
    "series": [{"key": "voltage", "obis": "1.1.32.7.0.255"}],
}


def test_the_list_has_the_old_names_and_ours(parts: Bridge) -> None:
    parts.keep(reading("voltage", NOW_MS - 9000, 22990))
    parts.store.add_meter_metrics([MeterMetrics("kitchen", NOW_MS, 300.0, 30, 27, 54, 6, 1.0)])
    status, content = ask(parts.app, "GET", "/api/meters")
    assert (status, content["success"], content["count"]) == (200, True, 1)
    (row,) = content["meters"]
    assert set(row) >= OLD_ROW
    assert set(row["latest_metric"]) == OLD_METRIC
    assert row["latest_metric"]["success_rate"] == 90
    assert (row["ip_address"], row["port"], row["client_id"]) == ("192.0.2.7", 3333, 1)
    assert (row["desired"], row["observed"], row["status"]) == ("running", "online", "online")
    assert row["success_1h"] == Decimal("0.9")
    assert row["last_seen"] == "2023-11-14T22:13:11.000+00:00"
    assert row["last_reading_age"] == 9


def test_pending_is_what_the_sink_furthest_behind_has_not_acknowledged(parts: Bridge) -> None:
    control = parts.control
    body = {"name": "tb", "kind": "mqtt", "options": {"host": "localhost"}}
    ended(parts.app, ask(parts.app, "POST", "/api/sinks", body)[1])
    parts.keep(reading("voltage", NOW_MS, 1), reading("energy", NOW_MS, 2))
    assert ask(parts.app, "GET", "/api/meters")[1]["meters"][0]["pending"] == 2
    status = ask(parts.app, "GET", "/api/meters/kitchen/status")[1]["status"]
    assert status["delivery"] == [
        {
            "sink": "tb",
            "connected": True,
            "sent": 6,
            "acknowledged": 5,
            "pending": {"live": 2, "history": 0},
            "oldest_pending": NOW_MS,
            "oldest_pending_age": 0,
        }
    ]
    assert control.calls == [("test", "tb", TEST_SECONDS)]


@pytest.mark.parametrize("name", ["kitchen", "1"])
def test_a_status_is_found_by_name_and_by_number(parts: Bridge, name: str) -> None:
    parts.fault = Fault("E-LINE-REFUSED", "nobody listens", "dlmslite-bridge scan", NOW_MS)
    status, content = ask(parts.app, "GET", f"/api/meters/{name}/status")
    view = content["status"]
    assert (status, content["meter_id"], view["name"]) == (200, 1, "kitchen")
    assert view["last_error"] == "nobody listens"
    assert view["fault"]["code"] == "E-LINE-REFUSED"
    assert view["polls"]["latency"]["p95"] == Decimal("0.3")
    assert view["live_stats"] == {"cycles": 10, "success_rate": 90, "mqtt_messages": 0}
    assert view["breaker"]["state"] == "closed"
    assert [series["key"] for series in view["series"]] == ["voltage", "energy"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/meters/attic/status", None),
        ("GET", "/api/meters/attic/readings", None),
        ("GET", "/api/meters/attic/series", None),
        ("POST", "/api/meters/attic/series", {"key": "v", "obis": "1.1.32.7.0.255"}),
        ("DELETE", "/api/meters/attic/series/v", None),
        ("DELETE", "/api/meters/attic", None),
        ("POST", "/api/meters/attic/pause", None),
        ("POST", "/api/meters/99/resume", None),
    ],
)
def test_an_unknown_meter_is_404_on_every_verb(
    parts: Bridge, method: str, path: str, body: object
) -> None:
    status, content = ask(parts.app, method, path, body)
    assert (status, content["success"]) == (404, False)
    assert content["error"]["code"] == "E-METER-UNKNOWN"


def test_add_tries_first_then_saves_with_the_password_sealed(parts: Bridge) -> None:
    values = (TrialValue("voltage", "1.1.32.7.0.255", "229.90", "V"),)
    parts.control.trial = Trial(ok=True, seconds=0.5, association="PDU 1024", values=values)
    status, content = ask(parts.app, "POST", "/api/meters", GARAGE)
    assert status == 202
    operation = ended(parts.app, content)
    assert operation["state"] == "done"
    assert operation["result"]["saved"] is True
    assert operation["result"]["values"][0]["text"] == "229.90"
    assert operation["result"]["seconds"] == Decimal("0.5")
    saved = parts.store.meter("garage").settings
    assert saved.password == "sealed:7"
    (call,) = parts.control.calls
    assert call == ("try", saved, TRY_SECONDS)


def test_a_meter_whose_trial_fails_is_saved_by_force_alone(parts: Bridge) -> None:
    fault = Fault("E-METER-REFUSED", "wrong password", "check it", NOW_MS)
    parts.control.trial = Trial(ok=False, seconds=0.5, fault=fault)
    operation = ended(parts.app, ask(parts.app, "POST", "/api/meters", GARAGE)[1])
    assert (operation["state"], operation["result"]["saved"]) == ("done", False)
    assert operation["result"]["fault"]["code"] == "E-METER-REFUSED"
    forced = GARAGE | {"force": True}
    operation = ended(parts.app, ask(parts.app, "POST", "/api/meters", forced)[1])
    assert operation["result"]["saved"] is True


def test_a_meter_that_cannot_be_tried_is_not_saved(parts: Bridge) -> None:
    parts.control.trial = BridgeError("nobody listens", code="E-LINE-REFUSED")
    operation = ended(parts.app, ask(parts.app, "POST", "/api/meters", GARAGE)[1])
    assert operation["state"] == "failed"
    assert operation["error"]["code"] == "E-LINE-REFUSED"
    assert [record.name for record in parts.store.meters()] == ["kitchen"]


def test_without_series_what_the_meter_has_is_offered_and_nothing_saved(parts: Bridge) -> None:
    offers = (SeriesSettings("voltage_l1", "1.1.32.7.0.255", 3),)
    parts.control.trial = Trial(ok=True, seconds=0.5, offers=offers)
    body = {key: value for key, value in GARAGE.items() if key != "series"}
    operation = ended(parts.app, ask(parts.app, "POST", "/api/meters", body)[1])
    assert operation["result"]["saved"] is False
    (offer,) = operation["result"]["offer"]
    assert (offer["key"], offer["obis"], offer["class_id"]) == ("voltage_l1", "1.1.32.7.0.255", 3)
    assert [record.name for record in parts.store.meters()] == ["kitchen"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": "kitchen"}, 409, "E-NAME-TAKEN"),
        ({"name": "a/b"}, 422, "E-CONFIG"),
        ({"every": 0.5}, 422, "E-REQUEST"),
        ({"password": None}, 422, "E-CONFIG"),
        ({"url": "tcp://u:hunter2@h"}, 422, "E-SECRET-PLAIN"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_any_try(
    parts: Bridge, change: dict[str, object], status: int, code: str
) -> None:
    answered, content = ask(parts.app, "POST", "/api/meters", GARAGE | change)
    assert answered == status
    assert content["error"]["code"].startswith(code)
    assert "hunter2" not in str(content)
    assert not parts.control.calls


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"every": 0.5}, "every: it is 1 at least"),
        ({"client": 500}, "client: it is 127 at most"),
        ({"ever": 5}, "ever: there is no such key"),
        ({"url": None}, "url: "),
    ],
)
def test_a_field_that_is_wrong_is_told_in_plain_words(
    parts: Bridge, change: dict[str, object], said: str
) -> None:
    _, content = ask(parts.app, "POST", "/api/meters", GARAGE | change)
    assert content["error"]["message"].startswith(said)


def test_no_view_shows_a_password(parts: Bridge) -> None:
    ended(parts.app, ask(parts.app, "POST", "/api/meters", GARAGE)[1])
    for path in ("/api/meters", "/api/meters/garage/status", "/api/system/health"):
        text = str(ask(parts.app, "GET", path)[1])
        assert "hunter2" not in text
        assert "sealed:" not in text
    view = ask(parts.app, "GET", "/api/meters/garage/status")[1]["status"]
    assert view["settings"]["password_set"] is True
    assert all("hunter2" not in str(entry) for entry in parts.store.audit())


def test_a_removed_meter_is_gone(parts: Bridge) -> None:
    assert ask(parts.app, "DELETE", "/api/meters/1")[0] == 200
    assert not parts.store.meters()


def test_status_has_every_field_that_operators_were_promised(parts: Bridge) -> None:
    """bridge.md 7, one line each: session, association, series, errors, breaker, next attempt."""
    parts.fault = Fault("E-LINE-REFUSED", "nobody listens", "scan", NOW_MS)
    status = ask(parts.app, "GET", "/api/meters/1/status")[1]["status"]
    session = status["session"]
    assert (session["since"], session["associated"]) == (NOW_MS - 60_000, False)
    assert session["agreement"] == {"max_pdu": 1024, "link": {"window": 1}, "conformance": ["get"]}
    assert (session["reassociations_1h"], session["reassociations_24h"]) == (1, 2)
    voltage = status["series"][0]
    assert voltage["success"] == Decimal("0.9")
    assert voltage["latency"] == dict(zip(
        ("p50", "p95", "p99"), map(Decimal, ("0.2", "0.6", "0.6")), strict=True
    ))  # fmt: skip
    assert "durations" not in voltage
    assert set(status["breaker"]) == {"state", "failures", "until"}
    assert (status["fault"]["code"], status["fault"]["hint"]) == ("E-LINE-REFUSED", "scan")
    assert {"next_attempt", "latency", "deadlines", "due", "complete"} <= set(status["polls"])
    assert {"protocol_errors", "values", "delivery", "active_alarms", "settings"} <= set(status)
