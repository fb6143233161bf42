"""``report``, ``plan`` and ``health --checklist`` against a running bridge of ten meters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e

SPARE = 5.5  # s; so long may pass between what was counted and what a report says


def figures(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["key"]: entry for entry in view["targets"]}


@pytest.fixture(scope="module", autouse=True)
def settled(bridge: RunningBridge) -> None:
    """Each meter was read and delivered for a while, and that is written down."""
    until(lambda: len(bridge.subscriber.wait_for(60, "/state")) >= 60, "sixty messages arrive")
    time.sleep(SPARE)


def test_qos_has_seven_figures_of_all_and_of_each_meter(bridge: RunningBridge) -> None:
    said = bridge.shell("report", "qos", "--minutes", "10", "--json")
    view = said.json
    assert said.code == view["exit_code"]
    found = figures(view)
    assert list(found) == [
        "success", "publish", "latency", "reassociations", "hdlc_errors", "uptime",
        "mqtt_disconnections",
    ]  # fmt: skip
    for key in ("publish", "latency", "reassociations", "hdlc_errors", "mqtt_disconnections"):
        assert found[key]["verdict"] == "pass", found[key]
    assert found["success"]["sample"] > 0
    assert [meter["name"] for meter in view["meters"]] == bridge.names
    assert all(len(meter["targets"]) == 7 for meter in view["meters"])
    # Nothing ran in the window before: that is no data, and no pass.
    assert {entry["previous"]["verdict"] for entry in view["targets"]} == {"no data"}


def test_the_command_line_and_the_api_say_the_same(bridge: RunningBridge) -> None:
    until_ms = time.time_ns() // 1_000_000
    window = {"since": until_ms - 600_000, "until": until_ms}
    status, answer = bridge.api("GET", "/api/reports/qos", query=window)
    assert status == 200
    words = ("--since", str(window["since"]), "--until", str(window["until"]), "--json")
    own = bridge.shell("report", "qos", *words).json
    assert own["window"] == answer["report"]["window"]
    assert [entry["key"] for entry in own["targets"]] == list(figures(answer["report"]))
    text = bridge.request("GET", "/api/reports/qos", params={**window, "format": "markdown"})
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.text.startswith("# Quality of service\n")


def test_health_in_the_old_shape_with_the_old_exit_code(bridge: RunningBridge) -> None:
    said = bridge.shell("report", "health", "--minutes", "60", "--json")
    view = said.json
    assert view["overall_health"] in {"HEALTHY", "WARNING", "DEGRADED"}
    assert said.code == {"HEALTHY": 0, "WARNING": 0, "DEGRADED": 1}[view["overall_health"]]
    one = view["meters"]["1"]
    assert (one["name"], one["ip"], one["status"]) == ("m1", "127.0.0.1", "running")
    assert one["stats"]["cycles"] > 0
    saved = bridge.shell("report", "health", "--save")
    name = saved.err.split()[-1]
    assert name.startswith("health_report_")
    assert (bridge.folder / name).is_file()


def test_energy_of_today_is_what_the_register_rose_by(bridge: RunningBridge) -> None:
    view = bridge.shell("report", "energy", "--days", "1", "--meter", "m1", "--json").json
    (register,) = view["registers"]
    stored = bridge.shell("readings", "m1", "--series", "energy", "--since", "1d", "--json").json
    values = [row["value"] for row in stored]
    rise = sum(Decimal(day["energy"]) for day in register["days"] if day["energy"] is not None)
    assert 0 <= rise <= values[-1] - values[0]
    assert (register["series"], register["unit"]) == ("energy", "Wh")
    sheet = bridge.shell("report", "energy", "--days", "1", "--csv").out.splitlines()
    assert sheet[0] == "day,meter,series,energy,unit,first,last,complete,gaps"
    assert len({line.split(",")[1] for line in sheet[1:]}) >= 7


@pytest.mark.parametrize("kind", ["availability", "line", "delivery"])
def test_the_other_reports_tell_of_every_meter(bridge: RunningBridge, kind: str) -> None:
    said = bridge.shell("report", kind, "--minutes", "10", "--json")
    assert said.code in {0, 1}
    assert [meter["name"] for meter in said.json["meters"]] == bridge.names
    text = bridge.shell("report", kind, "--minutes", "10").out
    assert all(f"  {name} " in text for name in bridge.names)


def test_line_counts_what_went_over_each_line(bridge: RunningBridge) -> None:
    view = bridge.shell("report", "line", "--minutes", "10", "--json").json
    for meter in view["meters"]:
        assert meter["octets_sent"] > 0
        assert meter["octets_received"] > 0
        assert meter["round_trips"] > 0
        assert 0 < meter["round_trip_mean"] < 5


def test_delivery_agrees_with_the_subscriber(bridge: RunningBridge) -> None:
    view = bridge.shell("report", "delivery", "--minutes", "10", "--json").json
    (sink,) = view["sinks"]
    assert sink["messages_acknowledged"] <= len(bridge.subscriber.messages)
    assert sink["messages_refused"] == sink["dead_letters"] == 0
    assert view["total"]["produced"] > 0


def test_the_plan_asks_for_the_commissioning_of_all_and_nothing_else(bridge: RunningBridge) -> None:
    said = bridge.shell("plan", "--json")
    (measure,) = said.json["preventive_measures"]
    assert measure["meters"] == bridge.names
    assert said.json["immediate_actions"] == []
    assert "dlmslite-bridge commission m1" in bridge.shell("plan").out


def test_the_checklist_ticks_what_is_so(bridge: RunningBridge) -> None:
    items = bridge.shell("health", "--checklist", "--json").json["items"]
    ticks = {(item["key"], item["subject"]): item["tick"] for item in items}
    assert ticks["service", None] == "yes"
    assert ticks["broker", "plain"] == "yes"
    for name in bridge.names:
        for key in ("credentials", "series", "reading", "puback"):
            assert ticks[key, name] == "yes", (key, name)


def test_health_has_broker_outbox_disk_and_targets(bridge: RunningBridge) -> None:
    view = bridge.shell("health", "--json").json
    assert view["broker"]["connected"] == view["broker"]["total"] == 1
    assert set(view["outbox"]["pending"]) == {"live", "history"}
    assert view["disk"]["free_bytes"] > 0
    assert len(view["targets"]) == 7
    assert len(view["per_meter"]) == 10


def test_an_unknown_report_and_an_unknown_meter_are_404(bridge: RunningBridge) -> None:
    for path, code in (
        ("/api/reports/nothing", "E-REPORT-UNKNOWN"),
        ("/api/reports/qos?meter=nobody", "E-METER-UNKNOWN"),
    ):
        status, answer = bridge.api("GET", path)
        assert (status, answer["error"]["code"]) == (404, code)
    assert bridge.shell("report", "qos", "--meter", "nobody").code == 3
    assert bridge.api("GET", "/api/reports/qos", token=None)[0] == 401


def test_without_a_daemon_the_store_answers(bridge: RunningBridge) -> None:
    assert bridge.daemon.terminate() == 0
    try:
        said = bridge.shell("report", "qos", "--minutes", "10", "--json")
        assert said.err.startswith("no daemon runs")
        assert figures(said.json)["success"]["sample"] > 0
        assert bridge.shell("health", "--checklist").code == 1
    finally:
        bridge.daemon.start()
