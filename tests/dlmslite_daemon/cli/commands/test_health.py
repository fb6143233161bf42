"""``health``."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import NOW_MS, Bridge, bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.config.schema import SinkSettings
from dlmslite_daemon.engine.health import Fault


def test_the_exit_code_is_the_verdict(shell: Shell, daemon: Bridge) -> None:
    daemon.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    said = shell("health")
    assert said.code == 0
    assert "1 online" in said.out
    assert said.out.splitlines()[-1].split() == ["tb", "mqtt", "yes", "7", "0", "0", "0"]
    daemon.fault = Fault("E-LINE-REFUSED", "nobody listens")
    said = shell("health")
    assert said.code == 2
    assert "meter kitchen (offline): no answer" in said.out


def test_json_has_the_verdict(shell: Shell, daemon: Bridge) -> None:
    assert shell("health", "--json").json["overall"] == "ok"


def test_without_a_daemon_the_store_is_shown_and_the_code_is_4(
    shell: Shell, tmp_path: Path
) -> None:
    with bridge(tmp_path):
        pass
    said = shell("health", "--json")
    assert said.code == 4
    assert "no daemon runs" in said.err
    assert said.json["service"]["active"] is False


def test_broker_outbox_disk_and_targets_are_shown(shell: Shell, daemon: Bridge) -> None:
    daemon.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    daemon.keep(reading("voltage", NOW_MS - 120_000, 5))
    out = shell("health").out
    assert "1 of 1" in out
    assert "1 live, 0 history" in out
    assert " GB free at " in out
    assert "0 pass, 0 fail, 7 no data" in out
    assert "writer_alive" not in out


def test_the_checklist_has_a_line_for_each_tick(shell: Shell, daemon: Bridge) -> None:
    daemon.keep(reading("voltage", daemon.clock.utc_ms(), 5))
    said = shell("health", "--checklist")
    assert said.out.startswith("Validation checklist\n")
    assert "[x]   bridge   the service runs" in said.out
    assert "[x]   kitchen  it is read" in said.out
    assert said.code == 1
    items = shell("health", "--checklist", "--json").json["items"]
    assert {item["key"] for item in items} == {
        "service", "autostart", "journal", "credentials", "series", "reading", "puback",
    }  # fmt: skip
