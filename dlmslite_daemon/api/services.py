"""What the routes ask: the store, the engine's control, operations, the seal of secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
from attrs import Factory, field, frozen

from dlmslite_daemon.api.archive import Archives
from dlmslite_daemon.api.caller import Caller
from dlmslite_daemon.api.logbook import Logbook
from dlmslite_daemon.api.operations import Operations
from dlmslite_daemon.api.sessions import Sessions
from dlmslite_daemon.api.streams import Streams
from dlmslite_daemon.clock import Clock
from dlmslite_daemon.config.schema import ApiSettings
from dlmslite_daemon.engine.alarms import AlarmDesk
from dlmslite_daemon.engine.control import Control
from dlmslite_daemon.engine.diagnosis import Diagnosis
from dlmslite_daemon.engine.health import Health
from dlmslite_daemon.engine.passages import Passages
from dlmslite_daemon.engine.refit import Refit
from dlmslite_daemon.engine.scan import Scan
from dlmslite_daemon.engine.tuning import Tuning
from dlmslite_daemon.errors import DaemonUnreachable
from dlmslite_daemon.metrics import Metrics
from dlmslite_daemon.reports.base import Sources
from dlmslite_daemon.reports.desk import ReportDesk
from dlmslite_daemon.store.base import Store
from dlmslite_daemon.store.records import AuditEntry
from dlmslite_daemon.store.sqlite.care import Care

T = TypeVar("T")


_log = structlog.get_logger()


def _nowhere() -> None:
    """There is no TCP door."""


@frozen
class Services:
    """What the routes ask.

    Attributes:
        store: The store.
        clock: The daemon's clock.
        operations: Runs slow actions.
        seal: Turns a secret into a reference that may be stored.
        control: Hands what an operator asks to the thread that owns the line; None when no daemon
            runs and the store alone answers.
        refit: Changes meters that stand; None when no daemon runs.
        tuning: The numbers of the policies; without a daemon, those that it would start with.
        sessions: The links and sessions of the page.
        settings: The API's own.
        log: The log and the last frames.
        streams: Who follows them.
        metrics: What is counted; None when no daemon runs.
        address: The URL of the TCP door; None where there is none.
        reports: Makes reports.
        alarms: Acknowledges, clears and mutes alarms; None when no daemon runs.
        diagnosis: Tests, diagnoses and commissions meters; None when no daemon runs.
        scan: Finds meters; None when no daemon runs.
        passages: The way of the last messages; None when no daemon runs.
        care: Backs up, checks and measures the store's file.
        archives: The last archives of ``diag``.
    """

    store: Store = field(repr=False)
    clock: Clock = field(repr=False)
    operations: Operations = field(repr=False)
    seal: Callable[[str], str] = field(repr=False)
    control: Control | None = field(repr=False)
    refit: Refit | None = field(default=None, repr=False)
    tuning: Callable[[], Tuning] = field(
        default=Factory(lambda self: lambda: self.changes().tuning, takes_self=True), repr=False
    )
    sessions: Sessions = field(
        default=Factory(lambda self: Sessions(self.clock), takes_self=True), repr=False
    )
    settings: ApiSettings = field(factory=ApiSettings)
    log: Logbook = field(
        default=Factory(lambda self: Logbook(self.store), takes_self=True), repr=False
    )
    streams: Streams = field(
        default=Factory(lambda self: Streams(self.settings.streams), takes_self=True), repr=False
    )
    metrics: Metrics | None = field(default=None, repr=False)
    address: Callable[[], str | None] = field(default=_nowhere, repr=False)
    reports: ReportDesk = field(
        default=Factory(
            lambda self: ReportDesk(Sources(self.store, self.clock, self.health)), takes_self=True
        ),
        repr=False,
    )
    alarms: AlarmDesk | None = field(default=None, repr=False)
    diagnosis: Diagnosis | None = field(default=None, repr=False)
    scan: Scan | None = field(default=None, repr=False)
    passages: Passages | None = field(default=None, repr=False)
    care: Care | None = field(default=None, repr=False)
    archives: Archives = field(factory=Archives, repr=False)

    def health(self) -> Health | None:
        """The state of everything; None when no daemon runs."""
        return self.control.health() if self.control else None

    def engine(self) -> Control:
        """The control of a running daemon.

        Raises:
            DaemonUnreachable: None runs.
        """
        return _running(self.control)

    def alarm_desk(self) -> AlarmDesk:
        """The alarm desk of a running daemon.

        Raises:
            DaemonUnreachable: None runs.
        """
        return _running(self.alarms)

    def diagnoser(self) -> Diagnosis:
        """The diagnosis of a running daemon.

        Raises:
            DaemonUnreachable: None runs.
        """
        return _running(self.diagnosis)

    def scanner(self) -> Scan:
        """The scan of a running daemon.

        Raises:
            DaemonUnreachable: None runs.
        """
        return _running(self.scan)

    def changes(self) -> Refit:
        """What changes meters of a running daemon.

        Raises:
            DaemonUnreachable: None runs.
        """
        return _running(self.refit)

    def keeper(self) -> Care:
        """Who cares for the store's file.

        Raises:
            DaemonUnreachable: The store is in no file.
        """
        return _running(self.care)

    def audit(self, caller: Caller, action: str, target: str, detail: str = "") -> None:
        """Write down what an operator did, in the audit and in the log; never with a secret."""
        self.store.add_audit(AuditEntry(self.clock.utc_ms(), caller.name, action, target, detail))
        # Whoever follows a meter sees in its own log who did what to it.
        whom = {"meter": target} if action.startswith("meter.") else {"target": target}
        _log.info(action, **whom, by=caller.name, **({"detail": detail} if detail else {}))


def _running(part: T | None) -> T:
    if part is None:
        raise DaemonUnreachable("no daemon runs, and this needs one")
    return part
