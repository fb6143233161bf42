"""Meters as processes of their own: the reference meter and our simulator."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.required import missing
from rig.shared_vectors import SHARED

LIFETIME = 600  # s; an orphan ends by itself
READY_AFTER = 30  # s; a busy machine imports slowly
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def reference_meter(*options: str) -> Iterator[int]:
    """The meter of ../shared, with its own options; its port. Skips where it is not there."""
    script = SHARED / "reference_meter.py"
    if not script.is_file():
        # It belongs to the workplace, not to the project: its absence is never a failure.
        pytest.skip(f"{script} is not here")
    with _ready(str(script), "--port", "0", "--lifetime", str(LIFETIME), *options) as words:
        yield int(words[1])


@contextlib.contextmanager
def our_meter(*options: str) -> Iterator[str]:
    """``dlmslite simulate`` with its own options; its URL."""
    with _ready("-m", "dlmslite", "simulate", "--port", "0", *options) as words:
        yield words[1]


@contextlib.contextmanager
def replayed_meter(*options: str) -> Iterator[str]:
    """``dlmslite replay`` with its file and options; its URL."""
    with _ready("-m", "dlmslite", "replay", *options) as words:
        yield words[1]


@contextlib.contextmanager
def _ready(*arguments: str) -> Iterator[list[str]]:
    """A Python process that prints a line beginning with READY; the words of that line."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("READY"):
                yield line.split()
                return
        missing(f"a meter: {' '.join(arguments)} ended with {process.wait(READY_AFTER)}")
    finally:
        process.terminate()
        process.communicate(timeout=READY_AFTER)
