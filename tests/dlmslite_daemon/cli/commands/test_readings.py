"""``readings``: exact, oldest first, all of them for machines."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.bridge import KITCHEN, NOW_MS, Bridge, bridge, reading
from rig.bridge_shell import Shell

from dlmslite_daemon.cli.commands import readings as module


def test_json_is_a_list_of_exact_readings(shell: Shell, daemon: Bridge) -> None:
    daemon.keep(reading("energy", NOW_MS, 12345678901234567890, -3, "Wh"))
    said = shell("readings", "kitchen", "--json")
    assert said.code == 0
    assert '"value": 12345678901234567.890' in said.out
    (row,) = said.json
    assert set(row) == {"series", "ts", "value", "unit", "raw", "scaler", "source", "quality"}
    assert (row["ts"], row["raw"], row["unit"]) == (NOW_MS, 12345678901234567890, "Wh")


def test_pages_are_joined_in_order(
    shell: Shell, daemon: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 7)
    daemon.keep(*(reading("voltage", NOW_MS + n, n) for n in range(40)))
    assert [row["raw"] for row in shell("readings", "1", "--json").json] == list(range(40))
    rows = shell("readings", "1", "--json", "--limit", "10").json
    assert [row["raw"] for row in rows] == list(range(30, 40))
    since = shell("readings", "1", "--json", "--since", str(NOW_MS + 35)).json
    assert [row["raw"] for row in since] == list(range(35, 40))


def test_csv_has_a_head_and_the_same_fields(shell: Shell, daemon: Bridge) -> None:
    daemon.keep(reading("voltage", NOW_MS, 22990))
    assert shell("readings", "1", "--csv").out.splitlines() == [
        "series,ts,value,unit,raw,scaler,source,quality",
        f"voltage,{NOW_MS},229.90,V,22990,-2,live,good",
    ]


def test_a_table_shows_the_newest_and_says_that_there_are_more(
    shell: Shell, daemon: Bridge
) -> None:
    daemon.keep(*(reading("voltage", NOW_MS + n * 1000, n) for n in range(60)))
    lines = shell("readings", "kitchen").out.splitlines()
    assert len(lines) == 1 + module.SHOWN + 1
    assert lines[-2].split()[3] == "0.59"
    assert "--since" in lines[-1]
    assert shell("readings", "kitchen", "--series", "energy").out == "nothing is stored\n"


def test_a_time_that_is_none_is_a_usage_error(shell: Shell, daemon: Bridge) -> None:
    assert shell("readings", "kitchen", "--since", "yesterday").code == 2


def test_without_a_daemon_the_store_answers(shell: Shell, tmp_path: Path) -> None:
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        parts.keep(reading("voltage", NOW_MS, 22990))
    said = shell("readings", "kitchen", "--json")
    assert (said.code, len(said.json)) == (0, 1)
    assert "no daemon runs" in said.err
