"""What operators and programs of the old bridge know: one test for each row of its two tables.

The tables are those of old-bridge.md 7.1 (the command line) and 7.2 (the REST API): the same verbs
and paths, the same fields with the same names, and true this time.
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge, running_bridge

pytestmark = pytest.mark.e2e

METER = {
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
METRIC = {"success_rate", "total_reads", "successful_reads", "messages_sent", "timestamp"}


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """A bridge that answers the old GET paths without a token, as one that took over."""
    legacy = {"DLMSLITE_BRIDGE_API_LEGACY_READ": "true"}
    with running_bridge(tmp_path_factory.mktemp("old"), environment=legacy) as running:
        yield running


def get(bridge: RunningBridge, path: str) -> Any:
    """As an old client asks: without a token."""
    status, content = bridge.api("GET", path, token=None)
    assert status == 200
    assert content["success"] is True
    return content


# ---------------------------------------------------------------- 7.2, the REST API


def test_get_api_meters(bridge: RunningBridge) -> None:
    content = get(bridge, "/api/meters")
    assert content["count"] == len(content["meters"]) == 10
    for meter in content["meters"]:
        assert meter.keys() >= METER
        assert meter["latest_metric"] is None or meter["latest_metric"].keys() >= METRIC
    first = next(meter for meter in content["meters"] if meter["name"] == "m1")
    assert (first["ip_address"], first["port"]) == ("127.0.0.1", bridge.meters["m1"].port)
    assert (first["client_id"], first["server_id"], first["status"]) == (1, 1, "online")
    assert first["last_seen"] > first["created_at"]


def test_get_api_meters_id_status(bridge: RunningBridge) -> None:
    number = bridge.meter("m1")["id"]
    content = get(bridge, f"/api/meters/{number}/status")
    status = content["status"]
    assert content["meter_id"] == number
    assert status.keys() >= {
        "id",
        "name",
        "ip_address",
        "port",
        "status",
        "last_seen",
        "last_error",
        "latest_metric",
        "stats_24h",
        "live_stats",
    }
    assert status["stats_24h"]["total_readings"] > 0
    assert status["live_stats"]["cycles"] > 0
    assert status["live_stats"]["success_rate"] == 100

    def acknowledged() -> bool:
        return bool(bridge.meter("m1")["live_stats"]["mqtt_messages"] > 0)

    until(acknowledged, "what is acknowledged is counted")


def test_get_api_meters_id_logs(bridge: RunningBridge) -> None:
    number = bridge.meter("m1")["id"]
    content = get(bridge, f"/api/meters/{number}/logs?lines=50")
    assert content["meter_id"] == number
    assert content["count"] == len(content["logs"]) > 0
    for line in content["logs"]:
        assert line.keys() >= {"timestamp", "level", "message"}
        assert line["meter"] == "m1"  # "Meter[1" of the old filter found 10 to 19 too


def test_post_api_meters_id_pause_and_resume(bridge: RunningBridge) -> None:
    number = bridge.meter("m2")["id"]
    for verb, observed in (("pause", "paused"), ("resume", "online")):
        assert bridge.api("POST", f"/api/meters/{number}/{verb}", token=None)[0] == 401
        status, content = bridge.api("POST", f"/api/meters/{number}/{verb}")
        assert (status, content["success"]) == (200, True)
        assert content["message"]
        assert content["action_required"] is None  # no service has to be restarted
        bridge.wait_for("m2", observed)
        status, content = bridge.api("POST", f"/api/meters/99/{verb}")
        assert (status, content["success"]) == (404, False)


def test_post_api_meters_id_test(bridge: RunningBridge) -> None:
    number = bridge.meter("m3")["id"]
    status, content = bridge.api("POST", f"/api/meters/{number}/test")
    assert (status, content["success"], content["meter_id"]) == (200, True, number)
    tests = content["tests"]
    assert tests["ping"].keys() >= {"success", "output"}
    assert tests["tcp"].keys() >= {"success", "connection_time", "host", "port"}
    assert (tests["tcp"]["success"], tests["tcp"]["port"]) == (True, bridge.meters["m3"].port)
    assert float(tests["tcp"]["connection_time"]) < 5


def test_post_api_meters_id_restart(bridge: RunningBridge) -> None:
    connections = {name: meter.connections for name, meter in bridge.meters.items()}
    number = bridge.meter("m4")["id"]
    status, content = bridge.api("POST", f"/api/meters/{number}/restart")
    assert (status, content["success"]) == (200, True)
    assert content.keys() >= {"message", "note"}
    until(lambda: bridge.meters["m4"].connections > connections["m4"], "it is connected anew")
    bridge.wait_for("m4", "online")
    assert bridge.meters["m5"].connections == connections["m5"]  # the service went on


def test_get_api_system_health(bridge: RunningBridge) -> None:
    content = get(bridge, "/api/system/health")
    assert content["timestamp"]
    assert content["service"].keys() >= {"active", "status", "since"}
    assert content["service"]["active"] is True
    assert content["meters"]["total"] == 10
    assert sum(content["meters"]["by_status"].values()) == 10
    assert content["readings_24h"] > 0
    assert isinstance(content["active_alarms"], dict)


def test_errors_have_the_old_envelope_and_an_unknown_id_is_404_on_every_verb(
    bridge: RunningBridge,
) -> None:
    for method, path in [
        ("GET", "status"),
        ("GET", "logs"),
        ("POST", "pause"),
        ("POST", "resume"),
        ("POST", "test"),
        ("POST", "restart"),
    ]:
        status, content = bridge.api(method, f"/api/meters/99/{path}")
        assert (status, content["success"]) == (404, False), path
        assert content["error"]["code"] == "E-METER-UNKNOWN"


# ---------------------------------------------------------------- 7.1, the command line


def test_cli_list(bridge: RunningBridge) -> None:
    said = bridge.shell("list")
    assert said.code == 0
    rows = said.out.splitlines()
    assert len(rows) == 11
    row = next(row for row in rows if " m1 " in row)
    assert f"127.0.0.1:{bridge.meters['m1'].port}" in row
    assert "online" in row
    assert "%" in row


def test_cli_status(bridge: RunningBridge) -> None:
    said = bridge.shell("status", "m1")
    assert said.code == 0
    for word in ("m1", f"127.0.0.1:{bridge.meters['m1'].port}", "online", "voltage", "V"):
        assert word in said.out, word


def test_cli_test(bridge: RunningBridge) -> None:
    said = bridge.shell("test", "m1")
    assert said.code == 0, said.err
    assert bridge.shell("test", "nobody").code == 3


def test_cli_logs(bridge: RunningBridge) -> None:
    said = bridge.shell("logs", "m1", "--lines", "50")
    assert said.code == 0
    assert all(" m1: " in line for line in said.out.splitlines())


def test_cli_follow(bridge: RunningBridge) -> None:
    process = bridge.daemon.start_verb("follow", "m6", "--lines", "1", "--json")
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.extend(process.stdout or ()))
    reader.start()
    try:
        until(lambda: told, "it has begun")
        for _ in range(2):  # the old one showed the first ten lines, and then nothing
            before = len(told)
            assert bridge.shell("restart", "m6").code == 0
            until(lambda: len(told) > before, "what happens is told")  # noqa: B023 - at once
            bridge.wait_for("m6", "online")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        reader.join()
        process.communicate()
    assert {json.loads(line)["meter"] for line in told} == {"m6"}


def test_cli_pause_and_resume(bridge: RunningBridge) -> None:
    for verb, observed in (("pause", "paused"), ("resume", "online")):
        said = bridge.shell(verb, "m7")
        assert said.code == 0
        assert "restart" not in said.out
        bridge.wait_for("m7", observed)


def test_cli_restart(bridge: RunningBridge) -> None:
    connections = bridge.meters["m7"].connections
    assert bridge.shell("restart", "m7").code == 0
    until(lambda: bridge.meters["m7"].connections > connections, "it is connected anew")


def test_cli_health(bridge: RunningBridge) -> None:
    said = bridge.shell("health")
    assert said.code in {0, 1}
    assert "10" in said.out
