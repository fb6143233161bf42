"""All that is wrong is found at once, each with its dotted key; nothing is started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from attrs import evolve
from rig.bridge import KITCHEN, NOW_MS, bridge

from dlmslite_daemon.cli import checking
from dlmslite_daemon.cli.checking import Checked, look_over
from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.store.records import MeterMetrics

METER = """
[meters.kitchen]
url = "tcp://192.0.2.7:3333"
[meters.kitchen.series]
v = "1.1.32.7.0.255"
"""
HASTY = METER.replace("[meters.kitchen.s", "every = 2.0\n[meters.kitchen.s")


def look(folder: Path, text: str, *, runs: bool = True, **environ: str) -> Checked:
    return look_over(f'{text}\n[store]\npath = "{folder}/bridge.db"\n', environ, runs=runs)


def found(checked: Checked) -> dict[str, str]:
    return {one.key: one.code for one in checked.findings}


def test_a_sound_one_has_nothing(tmp_path: Path) -> None:
    checked = look(tmp_path, METER)
    assert (checked.sound, checked.findings) == (True, ())
    assert [meter.name for meter in checked.config.meters] == ["kitchen"]


def test_everything_is_found_at_once(tmp_path: Path) -> None:
    checked = look(
        tmp_path,
        """
        [colours]
        [api]
        prt = 1
        [policies.breaker]
        failurs = 3
        [policies.luck]
        [meters.a]
        url = "tcp://h:1"
        every = 0.5
        [meters.b]
        url = "tcp://h:1"
        auth = "lls"
        password = "env:NOT_SET"
        policies.backoff.frst = 1
        [sinks.x]
        kind = "pigeon"
        [sinks.y]
        kind = "mqtt"
        host = "h"
        secret = "file:/nowhere/at/all"
        """,
    )
    assert not checked.sound
    assert found(checked).items() >= {
        ("colours", "E-CONFIG-KEY"),
        ("api.prt", "E-CONFIG-KEY"),
        ("policies.breaker.failurs", "E-CONFIG-KEY"),
        ("policies.luck", "E-CONFIG-KEY"),
        ("meters.a.every", "E-CONFIG"),
        ("meters.b.password", "E-SECRET-ENV"),
        ("sinks.x.kind", "E-CONFIG"),
        ("sinks.y.secret", "E-SECRET-FILE"),
    }


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    checked = look_over("[meters\n", {}, runs=True)
    assert [one.code for one in checked.findings if one.is_error] == ["E-CONFIG-TOML"]


def test_a_port_that_is_taken_is_found_unless_it_is_our_daemons(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        text = f"[api]\nport = {taken.getsockname()[1]}"
        assert found(look(tmp_path, text, runs=False)) == {"api.port": "E-API-PORT"}
        assert look(tmp_path, text, runs=True).sound
    assert look(tmp_path, text, runs=False).sound


def test_a_place_that_cannot_be_written_to_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    text = f'[store]\npath = "{tmp_path}/file/bridge.db"\n'
    assert found(look_over(text, {}, runs=True))["store.path"] == "E-CONFIG-PLACE"


def test_a_secret_that_others_may_read_is_warned_of(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2\n")
    secret.chmod(0o644)
    text = METER.replace("3333", f'3333"\nauth = "lls"\npassword = "file:{secret}')
    checked = look(tmp_path, text)
    assert (checked.sound, found(checked)) == (True, {"meters.kitchen.password": "W-SECRET-MODE"})
    assert "hunter2" not in repr(checked)
    secret.chmod(0o600)
    assert look(tmp_path, text).findings == ()


@pytest.mark.parametrize(
    ("text", "key", "code"),
    [
        ('[api]\nhost = "0.0.0.0"', "api.host", "W-API-OPEN"),
        ("[api]\nlegacy_read = true", "api.legacy_read", "W-LEGACY-READ"),
        (
            METER.replace("[meters.kitchen.s", "every = 2.0\n[meters.kitchen.s"),
            "meters.kitchen.every",
            "W-INTERVAL",
        ),
        ('[meters.a]\nurl = "tcp://h:1"', "meters.a.series", "W-NO-SERIES"),
    ],
)
def test_what_works_and_is_worth_a_thought_is_a_warning(
    tmp_path: Path, text: str, key: str, code: str
) -> None:
    checked = look(tmp_path, text)
    assert (checked.sound, found(checked)) == (True, {key: code})


def test_a_line_that_is_taken_too_much_is_told_from_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "SystemClock", lambda: FakeClock(utc_ms=NOW_MS))
    with bridge(tmp_path) as parts:
        for number in range(2):
            parts.store.add_meter(evolve(KITCHEN, name=f"m{number}"))
            row = MeterMetrics(f"m{number}", NOW_MS, 300.0, read_seconds_avg=6.0)
            parts.store.add_meter_metrics([row])
    assert found(look(tmp_path, "")) == {"line 192.0.2.7:3333": "E-LINE-OVERLOAD"}
