"""Hypothesis profiles and the paths of what lies beside the project."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.register_profile("nightly", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

# A shell starts what runs in its background deaf to Ctrl-C, and every process of a test with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# pytest-xdist tells its workers how wide the screen is; a test asks for a width itself.
os.environ.pop("COLUMNS", None)

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DLMSLITE_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of vectors and of the reference meter, beside the checkout."""
    if not SHARED.is_dir():
        # It belongs to the workplace, not to the project: its absence is never a failure.
        pytest.skip(f"{SHARED} is not here")
    return SHARED
