"""``simulate``: meters that answer, and the commands that add them."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

from rig.bridge_shell import Shell

import dlmslite
from dlmslite_daemon.cli.commands.meter import meter

ROOT = Path(__file__).resolve().parents[4]


def test_the_meters_answer_until_it_is_ended() -> None:
    with subprocess.Popen(
        (sys.executable, "-m", "dlmslite_daemon", "simulate", "--meters", "2", "--json"),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            meters = json.loads(process.stdout.readline())["meters"]
            assert [one["name"] for one in meters] == ["sim1", "sim2"]
            for one in meters:
                with dlmslite.connect(one["url"], client=16, server=1) as client:
                    assert client.get("0.0.96.1.0.255", 2, class_id=1) == one["serial"].encode()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()


def test_each_line_is_a_command_that_adds_one(shell: Shell) -> None:
    lines = shell("simulate", "--meters", "3", "--seconds", "0").out.splitlines()
    assert len(lines) == 3
    words = shlex.split(lines[0])
    assert words[:4] == ["dlmslite-bridge", "meter", "add", "sim1"]
    add = meter.commands["add"].make_context("add", words[3:])
    assert (add.params["name"], add.params["client"]) == ("sim1", 16)
    assert len(add.params["series"]) == 2


def test_a_port_that_is_taken_is_named(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = shell("simulate", "--port", str(port), "--seconds", "0")
    assert said.code == 2
    assert said.err.startswith(f"E-USAGE: port: {port} of 127.0.0.1 cannot be used: ")
