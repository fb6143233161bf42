"""Sinks, series, the outbox, export and import against a running daemon with ten meters."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from rig.broker import Broker
from rig.daemon import until
from rig.running_bridge import RunningBridge

pytestmark = pytest.mark.e2e


def test_a_sink_is_added_changed_turned_off_and_removed(
    bridge: RunningBridge, tmp_path: Path
) -> None:
    with Broker(tmp_path) as second:
        url = f"mqtt://127.0.0.1:{second.port}/lab"
        assert bridge.shell("sink", "add", "second", url).code == 0
        listed = {one["name"]: one for one in bridge.shell("sink", "list", "--json").json["sinks"]}
        assert listed["second"]["options"]["base"] == "lab"
        said = bridge.shell("sink", "set", "second", f"mqtt://127.0.0.1:{second.port}/hall")
        assert (said.code, said.out.splitlines()[-1]) == (0, "second is changed")
        until(lambda: sink(bridge, "second")["acknowledged"] > 0, "it delivers")
        said = bridge.shell("sink", "set", "second", "mqtt://127.0.0.1:1/hall")
        assert (said.code, "stays as it was" in said.out) == (1, True)
        assert bridge.shell("sink", "set", "second", "--off").code == 0
        until(lambda: sink(bridge, "second")["connected"] is False, "it is off")
        assert bridge.shell("sink", "rm", "second").code == 0
    assert [one["sink"] for one in bridge.api("GET", "/api/outbox")[1]["sinks"]] == ["plain"]
    assert bridge.shell("sink", "rm", "second").code == 1


def sink(bridge: RunningBridge, name: str) -> dict[str, int]:
    """A sink's row of the outbox."""
    said = bridge.shell("outbox", "status", "--json")
    assert said.code == 0
    (found,) = [one for one in said.json["sinks"] if one["sink"] == name]
    return dict(found)


def test_the_outbox_grows_while_the_broker_is_away_and_is_empty_after(
    bridge: RunningBridge,
) -> None:
    bridge.broker.stop()
    until(lambda: sink(bridge, "plain")["pending"]["live"] > 20, "readings wait")
    waiting = sink(bridge, "plain")
    assert waiting["connected"] is False
    assert waiting["oldest_pending_age"] >= 0
    assert waiting["fault"]["code"].startswith("E-SINK")
    bridge.broker.start()
    until(lambda: sink(bridge, "plain")["pending"]["live"] < 20, "they are delivered", 60.0)
    assert sink(bridge, "plain")["dead_letters"] == 0


def test_a_series_is_turned_off_and_on_and_its_meter_goes_on(bridge: RunningBridge) -> None:
    assert bridge.shell("series", "set", "m5", "current", "--off").code == 0
    until(lambda: state(bridge, "current") == "disabled", "it is off")
    said = bridge.shell("series", "set", "m5", "current", "--on", "--unit", "A", "--json")
    assert (said.json["series"]["enabled"], said.json["series"]["unit"]) == (True, "A")
    until(lambda: state(bridge, "current") == "good", "it is read again")
    assert bridge.shell("series", "set", "m5", "nothing", "--on").code == 1


def state(bridge: RunningBridge, key: str) -> str:
    """A series of m5."""
    return next(one["state"] for one in bridge.meter("m5")["series"] if one["key"] == key)


@pytest.mark.parametrize("form", ["toml", "json", "csv"])
def test_a_meter_is_exported_removed_and_imported_again(bridge: RunningBridge, form: str) -> None:
    said = bridge.shell("meter", "export", "m6", "--format", form)
    assert said.code == 0
    before = bridge.meter("m6")["settings"]
    file = f"m6.{form}"
    (bridge.folder / file).write_text(said.out, encoding="utf-8")
    refused = bridge.shell("meter", "import", file)
    assert (refused.code, "exists already" in refused.out) == (1, True)
    assert bridge.shell("meter", "rm", "m6").code == 0
    said = bridge.shell("meter", "import", file, "--try", "--dry-run", "--json")
    assert (said.code, said.json["count"], said.json["applied"]) == (0, 1, False)
    said = bridge.shell("meter", "import", file, "--try")
    assert (said.code, said.out) == (0, "1 of 1 meters are added\n")
    bridge.wait_for("m6", "online")
    assert bridge.meter("m6")["settings"] == before


def test_the_whole_fleet_is_exported_and_no_secret_is_in_it(bridge: RunningBridge) -> None:
    said = bridge.shell("meter", "export")
    assert set(tomllib.loads(said.out)["meters"]) == set(bridge.names)
    assert "22222222" not in said.out + said.err


def test_53_three_bad_rows_are_named_by_row_and_column_and_nothing_is_applied(
    bridge: RunningBridge,
) -> None:
    rows = [{"name": f"n{n}", "url": f"tcp://192.0.2.1:{4000 + n}"} for n in range(50)]
    rows[3]["url"] = "no place"
    rows[7]["every"] = "0.1"
    rows[9]["colour"] = "red"
    (bridge.folder / "bad.json").write_text(json.dumps(rows), encoding="utf-8")
    said = bridge.shell("meter", "import", "bad.json", "--json")
    assert said.code == 1
    found = [(fault["row"], fault["column"]) for fault in said.json["faults"]]
    assert found == [(4, "url"), (8, "every"), (10, "colour")]
    assert len(bridge.api("GET", "/api/meters")[1]["meters"]) == 10


def test_status_of_a_running_meter_has_session_and_latency(bridge: RunningBridge) -> None:
    bridge.wait_for("m1", "online")
    said = bridge.shell("status", "m1", "--json")
    status = said.json["status"]
    assert said.code == 0
    assert status["session"]["agreement"]["max_pdu"] > 0
    assert status["session"]["since"] <= status["last_reading"] + 60_000
    assert all(one["success"] == 1 for one in status["series"])
    assert all(Decimal(0) <= one["latency"]["p50"] < 5 for one in status["series"])
    (plain,) = status["delivery"]
    assert plain["sent"] >= plain["acknowledged"] > 0
    for words in (("list",), ("status", "m1")):
        text = bridge.shell(*words).out
        assert "m1" in text
