"""``dlmslite capture``: a proxy that an operator starts, uses and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rig.captures import PASSWORD, SERIAL_NUMBER
from rig.shell import shell

from dlmslite.capture.conversation import spoken
from dlmslite.capture.files import load
from dlmslite.client import connect
from dlmslite.procedures.authentication import Lls
from dlmslite.simulator.models.single_phase import SERIAL, single_phase
from dlmslite.simulator.serve import RunningMeter, serve

ROOT = Path(__file__).resolve().parents[4]


def captured(meter: RunningMeter, path: Path, *options: str) -> tuple[int, str]:
    """Run the command, read the serial number through it, and end it; code and what it said."""
    command = [sys.executable, "-m", "dlmslite", "capture", meter.url, "-o", str(path), *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        with connect(url, client=32, auth=Lls(PASSWORD), timeout=10.0) as client:
            assert client.read(SERIAL) == SERIAL_NUMBER.encode()
        if "--once" not in options:
            process.send_signal(signal.SIGINT)
    finally:
        try:
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    return process.returncode, out + err


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("x.jsonl", ()),
        ("x.pcap", ("--once",)),
        ("x.jsonl", ("--redact",)),
        ("x.pcap", ("--redact", "--once")),
    ],
)
def test_it_records_what_is_said_until_it_is_told_to_end(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    path = tmp_path / name
    with serve(single_phase(days=1, serial=SERIAL_NUMBER)) as meter:
        code, said = captured(meter, path, *options)
    capture = load(path)
    octets = b"".join(one.octets for one in capture.octets_on_the_wire())

    assert code == 0, said
    assert "1 connections" in said
    assert len(list(spoken(capture))) > 4
    assert (PASSWORD in octets) == (SERIAL_NUMBER.encode() in octets) == ("--redact" not in options)
    assert ("see --redact" in said) == ("--redact" not in options)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("tcp://127.0.0.1:1", "-o", "x.txt"), ".jsonl or .pcap"),
        (("nonsense", "-o", "x.pcap"), "forms known"),
        (("tcp://127.0.0.1:1", "-o", "x.pcap", "--listen", "here"), "no HOST:PORT"),
        (("tcp://127.0.0.1:1",), "--output"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)

    said = shell("capture", *arguments)

    assert said.code != 0
    assert reason in said.err
