"""``dlmslite simulate``: a process that is a meter until it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

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
