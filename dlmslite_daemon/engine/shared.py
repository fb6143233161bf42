"""What all lines share: the clock, the store, the board, and the two gates of the whole process.

The credential guards and the connect rate are policies that several threads ask at once, so each
question and its answer are one step under a lock.
"""

from __future__ import annotations

import threading

from attrs import Factory, field, frozen

from dlmslite_daemon.clock import Clock
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.board import Board
from dlmslite_daemon.engine.ledger import Ledger
from dlmslite_daemon.engine.passages import Passages
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.policies.base import Event, Verdict
from dlmslite_daemon.policies.credentials import CredentialGuard, CredentialSettings
from dlmslite_daemon.policies.rate_limit import ConnectRate
from dlmslite_daemon.store.base import Store


class Gates:
    """The credential guards and the connect rate.

    Args:
        store: Where the guards' states are kept.
        credentials: The settings of every guard.
        rate: The connect rate before any use.
    """

    def __init__(self, store: Store, credentials: CredentialSettings, rate: ConnectRate) -> None:
        self._store = store
        self._settings = credentials
        self._rate = rate
        self._guards: dict[str, CredentialGuard] = {}
        self._lock = threading.Lock()

    def guard(self, key: str) -> CredentialGuard:
        """The guard of one credential as it stands."""
        with self._lock:
            return self._known(key)

    def may_prove(self, key: str, now: float) -> Verdict:
        """Whether a proof may be sent now."""
        return self.guard(key).may_try(now)

    def learn(self, key: str, event: Event, now: float) -> None:
        """Teach a guard; what must survive a restart is on disk when this returns."""
        with self._lock:
            before = self._known(key)
            after = before.learn(event, now)
            self._guards[key] = after
            if after.text() != before.text():
                self._store.save_guard(key, after.text())

    def retune(self, credentials: CredentialSettings, rate: ConnectRate) -> None:
        """Other numbers for all guards and the connect rate; what they learnt stays."""
        with self._lock:
            self._settings = credentials
            fresh = CredentialGuard(credentials)
            self._guards = {key: guard.retuned(fresh) for key, guard in self._guards.items()}
            self._rate = self._rate.retuned(rate)

    def reserve(self, now: float) -> float:
        """The moment at which the caller may connect, s: now or later."""
        with self._lock:
            self._rate, moment = self._rate.reserve(now)
            return moment

    def _known(self, key: str) -> CredentialGuard:
        guard = self._guards.get(key)
        if guard is None:
            guard = CredentialGuard.restored(self._settings, self._store.guard(key))
            self._guards[key] = guard
        return guard


@frozen
class Shared:
    """What every line and sink is given.

    Attributes:
        clock: The daemon's clock.
        store: The store.
        board: Where states are shown.
        alarms: Where conditions are reported.
        metrics: Where things are counted.
        gates: The gates of the whole process.
        ledger: Where lines and forwarders count by meter.
        passages: Where forwarders remember the way of the last messages.
    """

    clock: Clock
    store: Store
    board: Board
    alarms: AlarmDesk
    metrics: Metrics
    gates: Gates = field(repr=False)
    ledger: Ledger = field(
        repr=False, default=Factory(lambda self: Ledger(self.clock), takes_self=True)
    )
    passages: Passages = field(
        repr=False, default=Factory(lambda self: Passages(self.clock), takes_self=True)
    )
