"""``outbox``."""

from __future__ import annotations

from pathlib import Path

from rig.bridge import NOW_MS, Bridge, bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.config.schema import SinkSettings


def test_what_waits_is_shown_for_each_sink(shell: Shell, daemon: Bridge) -> None:
    assert "there is no sink" in shell("outbox", "status").out
    daemon.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    daemon.store.add_sink(SinkSettings("old", "mqtt", enabled=False, options={"host": "h"}))
    daemon.keep(reading("voltage", NOW_MS, 1))
    said = shell("outbox", "status")
    assert said.code == 0
    (head, first, second) = said.out.splitlines()
    assert head.split()[0] == "sink"
    assert first.split()[:4] == ["tb", "yes", "1", "0"]
    assert second.split()[:2] == ["old", "off"]
    sinks = shell("outbox", "status", "--json").json["sinks"]
    assert [one["pending"]["live"] for one in sinks] == [1, 1]


def test_without_a_daemon_the_store_answers(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_sink(SinkSettings("tb", "mqtt", options={"host": "h"}))
    said = shell("outbox", "status")
    assert said.code == 0
    assert "no daemon runs" in said.err
    assert "tb" in said.out
