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
from dlmslite_daemon.config.schema import BridgeConfig
from dlmslite_daemon.engine.tuning import Tuning
from dlmslite_daemon.errors import DaemonUnreachable
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.store.sqlite.care import Care
from dlmslite_daemon.store.sqlite.store import SqliteStore


def app_alone(config: BridgeConfig) -> tuple[ASGIApp, Callable[[], None]]:
    """The application over a store, and what closes it.

    Args:
        config: Names the store's file, which whoever may read it sees without a token.

    Raises:
        StoreError: There is none, or it cannot be read.
    """
    path, clock = Path(config.store.path), SystemClock()
    store = SqliteStore.open_read_only(path, clock, Metrics())
    services = Services(
        store=store,
        clock=clock,
        operations=Operations(clock),
        seal=_seals_nothing,
        control=None,
        # Made when it is asked for: what the file says wrongly there keeps nobody from the rest.
        tuning=lambda: Tuning(config.policies, store, clock),
        care=Care(path, 1, clock),
    )
    return through(make_app(services), local=True), store.close


def _seals_nothing(_: str) -> str:
    raise DaemonUnreachable("no daemon runs, and this verb needs one")
