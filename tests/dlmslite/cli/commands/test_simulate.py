"""``dlmslite simulate``: a process that is a meter until it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rig.meters import our_meter
from rig.shell import shell

from dlmslite.cli.commands.simulate import following
from dlmslite.client import connect
from dlmslite.procedures.authentication import Lls

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_it_serves_until_sigterm_and_ends_well(framing: str) -> None:
    command = [sys.executable, "-m", "dlmslite", "simulate", "--framing", framing, "--days", "1"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        hint = process.stdout.readline()
        with connect(url, client=32, auth=Lls("11111111"), timeout=5.0) as meter:
            assert meter.read("0.0.96.1.0.255") == b"SIM00000001"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0
    assert "dlmslite read" in hint


def test_meters_on_a_pseudo_terminal_have_addresses_upwards() -> None:
    assert [following(16, number) for number in (1, 2)] == [17, 18]
    assert following((1, 17), 2) == (1, 19)


@pytest.mark.parametrize("options", [["--mode-e"], ["--meters", "3"]])
def test_what_only_a_line_has_needs_one(options: list[str]) -> None:
    said = shell("simulate", *options)
    assert said.code == 2
    assert "--pty" in said.err


def test_s01_a_sign_on_and_a_second_meter_over_a_pseudo_terminal() -> None:
    command = [sys.executable, "-m", "dlmslite", "simulate", "--pty", "--mode-e", "--meters", "2"]
    process = subprocess.Popen(
        [*command, "--days", "1"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert url.endswith("?mode=e")
        assert f"'{url}'" in process.stdout.readline()  # a shell takes ? and & for its own
        with connect(url, server=2, timeout=5.0) as meter:
            assert meter.read("0.0.96.1.0.255") == b"SIM00000001-1"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_it_serves_the_model_and_the_faults_that_are_asked_for() -> None:
    options = ("--model", "three-phase", "--days", "1", "--busy", "1", "--busy-kind", "rnr")
    more = ("--busy-seconds", "0.1", "--duplication", "0.2", "--jitter", "0.01", "--serial", "T3")
    with our_meter(*options, *more) as url, connect(url, timeout=5.0) as meter:
        assert meter.read("0.0.96.1.0.255") == b"T3"
        assert meter.read("1.0.72.7.0.255").unit.symbol == "V"


@pytest.mark.parametrize(
    "option", ["--stale", "--reset", "--half-open", "--truncation", "--reordering"]
)
def test_a_probability_above_one_is_refused(option: str) -> None:
    said = shell("simulate", option, "1.5")

    assert said.code == 1
    assert "is a probability from 0 to 1" in said.err


def test_w04_a_meter_on_a_udp_port() -> None:
    with our_meter("--framing", "udp", "--days", "1", "--duplication", "0.5") as url:
        assert url.startswith("udp://")
        with connect(url, timeout=5.0) as meter:
            assert meter.read("0.0.96.1.0.255") == b"SIM00000001"
    said = shell("simulate", "--framing", "udp", "--server", "1,17")
    assert said.code == 2
    assert "one number" in said.err
