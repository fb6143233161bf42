"""Every example runs as it stands: a process of its own, against the simulator that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlmslite_daemon.config.load import load, structure
from dlmslite_daemon.sinks.base import SINKS

ROOT = Path(__file__).resolve().parents[2]
# options.py is what the others share.
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*.py")) if path.name != "options.py"]
CONFIGURATIONS = sorted((ROOT / "examples" / "daemon").glob("*.toml"))
SECONDS = 60  # a machine with two busy cores; each takes a second or two


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.name))
def test_an_example_runs_without_arguments(example: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-bb", "-W", "error", str(example)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert outcome.returncode == 0, outcome.stderr[-4000:]
    assert outcome.stdout.strip()
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.name))
def test_an_example_takes_a_url_and_says_how(example: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, str(example), "--help"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert "url" in outcome.stdout.lower()


def test_reading_a_register_takes_at_most_fifteen_lines() -> None:
    text = (ROOT / "examples" / "read_register.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 15


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: str(path.name))
def test_a_configuration_is_read_whole(path: Path) -> None:
    read = load(path, {})

    assert read.meters
    assert read.sinks
    for sink in read.sinks:
        kind = SINKS.get(sink.kind)
        assert kind is not None
        assert structure(sink.options, kind, f"sinks.{sink.name}")
