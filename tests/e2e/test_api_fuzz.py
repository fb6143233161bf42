"""A short run of schemathesis; ``make api-fuzz MINUTES=10`` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from rig.api_fuzz import FREE, fuzz, schemathesis
from rig.running_bridge import running_bridge

pytestmark = pytest.mark.e2e

SECONDS = 40


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    schemathesis()
    with running_bridge(tmp_path, environment=FREE) as bridge:
        done = fuzz(bridge, SECONDS, "--seed", "4", "--no-shrink")
        assert done.returncode == 0, done.stdout[-6000:]
        assert "Traceback" not in bridge.daemon.said()
