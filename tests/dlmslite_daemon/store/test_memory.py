"""The store in memory, from its making to its end."""

from __future__ import annotations

import pytest
from rig.store_suite import LifeSuite

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.memory import MemoryStore


class TestMemoryStore(LifeSuite):
    @pytest.fixture
    def store(self, clock: FakeClock) -> Store:
        return MemoryStore(clock)
