"""``run``: what it checks and prints, and one whole daemon as its own process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rig.bridge_shell import Shell

from dlmslite_daemon.config.load import parse

METER = ("--meter", "tcp+hdlc://127.0.0.1:1", "--series", "voltage=1.1.32.7.0.255")
TO = ("--to", "mqtt://127.0.0.1:1/meters")
ROOT = Path(__file__).resolve().parents[4]


def test_options_are_printed_as_a_configuration_without_any_secret(shell: Shell) -> None:
    Path("pw").write_text("hunter2\n", encoding="utf-8")
    said = shell("run", *METER, *TO, "--password-file", "pw", "--client", "1", "--print-config")
    assert said.code == 0
    (meter,) = parse(said.out).meters
    assert meter.password == f"file:{Path('pw').absolute()}"
    assert "hunter2" not in said.out


def test_a_password_that_was_piped_in_is_sealed(shell: Shell) -> None:
    said = shell(
        *("run", *METER, *TO, "--password-file", "-", "--store", "b.db", "--print-config"),
        stdin="hunter2\n",
    )
    assert parse(said.out).meters[0].password.startswith("sealed:")
    assert Path("bridge.key").exists()


def test_a_check_says_what_it_found(shell: Shell) -> None:
    assert shell("run", "--check").out == "sound: 0 meters, 0 sinks in the file\n"
    Path("other.toml").write_text("[sinks.a]\nkind = 'x'\n", encoding="utf-8")
    said = shell("run", "--config", "other.toml", "--check", "--json")
    assert (said.code, said.json["error"]["message"].split(":")[0]) == (2, "sinks.a.kind")
    assert shell("--config", "other.toml", "run", "--check").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--series", "v=1.1.32.7.0.255"),
        ("run", *TO),
        ("run", "--store", "x.db"),
        ("run", *METER),
        ("run", *TO, "--meter", "tcp://h:1"),
    ],
)
def test_options_that_are_half_of_a_wish_are_a_usage_error(
    shell: Shell, arguments: tuple[str, ...]
) -> None:
    assert shell(*arguments).code == 2


def test_a_daemon_says_where_it_is_answers_and_ends_on_sigterm(shell: Shell) -> None:
    environ = os.environ | {"DLMSLITE_BRIDGE_API_PORT": "0", "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "dlmslite_daemon", "run", *METER, *TO, "--json")
    # Neither the meter nor the broker is there: the daemon starts all the same (faults.md 2).
    with subprocess.Popen(
        [*command, "--store", "bridge.db"], env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            places = json.loads(process.stdout.readline())
            assert places["socket"] == "bridge.sock"
            said = shell("list", "--json")
            assert [meter["name"] for meter in said.json["meters"]] == ["meter"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
    assert not Path("bridge.sock").exists()
    assert shell("list").err.startswith("no daemon runs")
