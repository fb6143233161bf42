"""A store for tests and trials: the contract in plain dictionaries, gone with the process.

Every change is committed at once, so tickets are resolved when they are handed out.
"""

from __future__ import annotations

from dlmslite_daemon.store.in_memory.alarms import AlarmsInMemory
from dlmslite_daemon.store.in_memory.figures import FiguresInMemory
from dlmslite_daemon.store.in_memory.findings import FindingsInMemory
from dlmslite_daemon.store.in_memory.fleet import FleetInMemory
from dlmslite_daemon.store.in_memory.journal import JournalInMemory
from dlmslite_daemon.store.in_memory.metrics import MetricsInMemory
from dlmslite_daemon.store.in_memory.notes import NotesInMemory
from dlmslite_daemon.store.in_memory.rollups import RollupsInMemory
from dlmslite_daemon.store.in_memory.tokens import TokensInMemory


class MemoryStore(
    FiguresInMemory,
    FindingsInMemory,
    RollupsInMemory,
    FleetInMemory,
    NotesInMemory,
    AlarmsInMemory,
    MetricsInMemory,
    JournalInMemory,
    TokensInMemory,
):
    """The contract of ``store/base.py`` in memory."""

    def close(self) -> None:
        """Refuse further calls."""
        self._closed = True

    def revive(self) -> bool:
        """Nothing runs here that could die."""
        return False

    def info(self) -> dict[str, str | int]:
        """Kind and newest number."""
        last = self.last_number()
        return {"kind": "memory", "path": "", "schema": 0, "bytes": 0, "last_number": last}
