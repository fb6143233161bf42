"""``demo``: the whole thing as its own process, with an outage of a meter and of the broker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
COMMAND = (sys.executable, "-W", "error", "-m", "dlmslite_daemon", "demo", "--every", "1")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.mark.e2e
def test_every_stored_reading_arrives_though_a_meter_and_the_broker_fail() -> None:
    outages = ("--break-meter-at", "3", "--stop-broker-at", "4", "--for", "2")
    outcome = subprocess.run(
        [*COMMAND, "--seconds", "9", *outages, "--json"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
    verdict = json.loads(outcome.stdout)
    assert verdict["success"] is True
    assert verdict["stored"] > 8 * 4  # eight healthy meters, four series, more than one poll
    assert (verdict["pending"], verdict["missing"], verdict["silent"]) == (0, [], [])


@pytest.mark.e2e
def test_it_says_where_everything_is_and_ends_on_sigterm_with_a_verdict() -> None:
    with subprocess.Popen(
        COMMAND, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            head = [process.stdout.readline() for _ in range(13)]
            assert sum("tcp+hdlc://127.0.0.1:" in line for line in head) == 10
            assert any("mqtt://127.0.0.1:" in line for line in head)
            assert any("http://127.0.0.1:" in line for line in head)
            time.sleep(4.0)
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            assert process.wait(60) == 0, rest
        finally:
            process.kill()
    assert rest.rstrip().endswith("every stored reading arrived")
    assert "Traceback" not in rest
