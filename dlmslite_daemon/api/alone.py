"""The application over a store without a daemon: it answers who only looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp

from dlmslite_daemon.api.app import make_app
from dlmslite_daemon.api.auth import through
from dlmslite_daemon.api.operations import Operations
from dlmslite_daemon.api.services import Services
from dlmslite_daemon.clock import SystemClock
from dlmslite_daemon.errors import DaemonUnreachable
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.care import Care
from dlmslite_daemon.store.sqlite.store import SqliteStore


def app_alone(path: Path) -> tuple[ASGIApp, Callable[[], None]]:
    """The application over a store, and what closes it.

    Args:
        path: The store's file; whoever may read it is let in without a token.

    Raises:
        StoreError: There is none, or it cannot be read.
    """
    clock = SystemClock()
    store = SqliteStore.open_read_only(path, clock, Metrics())
    services = Services(
        store=store,
        clock=clock,
        operations=Operations(clock),
        seal=_seals_nothing,
        control=None,
        care=Care(path, 1, clock),
    )
    return through(make_app(services), local=True), store.close


def _seals_nothing(_: str) -> str:
    raise DaemonUnreachable("no daemon runs, and this verb needs one")
