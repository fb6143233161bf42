"""``health``."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import Bridge, bridge
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
    assert "meter kitchen is offline: no answer" in said.out


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
