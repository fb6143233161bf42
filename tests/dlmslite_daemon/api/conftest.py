"""What the tests of the API share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.bridge import KITCHEN, Bridge, bridge


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Bridge]:
    """A daemon without threads, with the kitchen's meter."""
    with bridge(tmp_path) as parts:
        parts.store.add_meter(KITCHEN)
        yield parts
