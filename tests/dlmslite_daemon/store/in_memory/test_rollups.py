"""In memory: the shared suite."""

from __future__ import annotations

import pytest
from rig.rollups_suite import RollupsSuite

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.memory import MemoryStore


class TestRollupsInMemory(RollupsSuite):
    @pytest.fixture
    def store(self, clock: FakeClock) -> Store:
        return MemoryStore(clock)
