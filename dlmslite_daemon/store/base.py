"""What a store promises: append, query, a cursor for each sink, a notebook for each meter.

A reading is durable when the ticket of its batch is resolved, never before. Numbers rise in commit
order: once a number was seen, no smaller one becomes visible later, so a cursor cannot step over a
reading. ``(meter, series, ts_ms, lane)`` is stored once; the same again is counted as a duplicate.

Each subject has its part of the contract, in ``store/contract``, in ``store/sqlite`` and in
``store/in_memory``.

All methods may be called from any thread. Those that change something return after the commit,
except ``append`` and ``advance``, whose tickets tell; both wait for company up to the group commit.
"""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.store.contract.alarms import AlarmsStore
from dlmslite_daemon.store.contract.delivery import DeliveryStore
from dlmslite_daemon.store.contract.figures import FiguresStore
from dlmslite_daemon.store.contract.findings import FindingsStore
from dlmslite_daemon.store.contract.fleet import FleetStore
from dlmslite_daemon.store.contract.journal import JournalStore
from dlmslite_daemon.store.contract.metrics import MetricsStore
from dlmslite_daemon.store.contract.notes import NotesStore
from dlmslite_daemon.store.contract.readings import ReadingsStore
from dlmslite_daemon.store.contract.rollups import RollupsStore
from dlmslite_daemon.store.contract.tokens import TokensStore


class Store(
    ReadingsStore,
    DeliveryStore,
    FiguresStore,
    FindingsStore,
    FleetStore,
    NotesStore,
    AlarmsStore,
    MetricsStore,
    RollupsStore,
    JournalStore,
    TokensStore,
    Protocol,
):
    """The contract of every store; one shared suite tests them all."""

    def revive(self) -> bool:
        """See to it that what writes is running; whether it had died."""
        ...

    def info(self) -> dict[str, str | int]:
        """What kind it is, where it is, its schema number and size: for health and status."""
        ...

    def close(self) -> None:
        """Commit what waits and let go; further calls raise ``StoreError``."""
        ...
