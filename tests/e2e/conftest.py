"""What the end-to-end tests share: one running bridge for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rig.running_bridge import RunningBridge, running_bridge


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """A daemon with mosquitto and ten meters; a test leaves it as it found it."""
    with running_bridge(tmp_path_factory.mktemp("bridge")) as running:
        yield running
