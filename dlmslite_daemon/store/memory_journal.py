"""The journal of the store in memory: alarms, metrics, diagnostics, the audit and tokens."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence

from attrs import evolve

from dlmslite_daemon.alarm import Alarm
from dlmslite_daemon.errors import NameTaken, StoreError
from dlmslite_daemon.store.records import (
    AuditEntry,
    Diagnostic,
    MeterMetrics,
    MeterRecord,
    NetworkMetrics,
    TokenRecord,
)


class MemoryJournal(ABC):
    """The half of ``MemoryStore`` that writes down what happened.

    Rows of a meter are kept under its number; the other half says which meter has which.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._alarms: dict[int, Alarm] = {}
        self._metrics: dict[int, list[MeterMetrics]] = {}
        self._network: dict[int, list[NetworkMetrics]] = {}
        self._diagnostics: dict[int, list[Diagnostic]] = {}
        self._audit: list[AuditEntry] = []
        self._tokens: dict[str, TokenRecord] = {}

    @abstractmethod
    def meter(self, name: str | int) -> MeterRecord:
        """One meter; the other half knows."""

    @abstractmethod
    def meters(self) -> list[MeterRecord]:
        """All meters; the other half knows."""

    def save_alarm(self, alarm: Alarm) -> Alarm:
        """Enter or replace an alarm."""
        with self._open():
            number = alarm.number or len(self._alarms) + 1
            self._alarms[number] = numbered = evolve(alarm, number=number)
            return numbered

    def alarms(
        self, *, active: bool = True, subject: str | None = None, limit: int = 1000
    ) -> list[Alarm]:
        """Alarms, newest first."""
        with self._open():
            newest = [self._alarms[number] for number in sorted(self._alarms, reverse=True)]
        fit = [a for a in newest if (a.active or not active) and subject in {None, a.subject}]
        return fit[:limit]

    def add_meter_metrics(self, rows: Sequence[MeterMetrics]) -> None:
        """Keep rows of meter_metrics."""
        with self._open():
            for row in rows:
                if (number := self._number(row.meter)) is not None:
                    self._metrics.setdefault(number, []).append(row)

    def meter_metrics(self, meter: str, since_ms: int = 0) -> list[MeterMetrics]:
        """A meter's rows of meter_metrics."""
        with self._open():
            rows = self._metrics.get(self.meter(meter).id, [])
            return sorted((r for r in rows if r.ts_ms >= since_ms), key=lambda r: r.ts_ms)

    def add_network_metrics(self, rows: Sequence[NetworkMetrics]) -> None:
        """Keep rows of network_metrics."""
        with self._open():
            for row in rows:
                if (number := self._number(row.meter)) is not None:
                    self._network.setdefault(number, []).append(row)

    def network_metrics(self, meter: str, since_ms: int = 0) -> list[NetworkMetrics]:
        """A meter's rows of network_metrics."""
        with self._open():
            rows = self._network.get(self.meter(meter).id, [])
            return sorted((r for r in rows if r.ts_ms >= since_ms), key=lambda r: r.ts_ms)

    def add_diagnostic(self, diagnostic: Diagnostic) -> None:
        """Keep a row of dlms_diagnostics."""
        with self._open():
            if (number := self._number(diagnostic.meter)) is not None:
                self._diagnostics.setdefault(number, []).append(diagnostic)

    def diagnostics(self, meter: str, limit: int = 100) -> list[Diagnostic]:
        """A meter's newest protocol events."""
        with self._open():
            return self._diagnostics.get(self.meter(meter).id, [])[: -limit - 1 : -1]

    def add_audit(self, entry: AuditEntry) -> None:
        """Keep an action."""
        with self._open():
            self._audit.append(entry)

    def audit(self, limit: int = 100) -> list[AuditEntry]:
        """The newest actions."""
        with self._open():
            return self._audit[: -limit - 1 : -1]

    def add_token(self, token: TokenRecord) -> None:
        """Enter a token."""
        with self._open():
            if token.name in self._tokens:
                raise NameTaken(f"there is a token {token.name!r} already")
            self._tokens[token.name] = token

    def tokens(self) -> list[TokenRecord]:
        """All tokens."""
        with self._open():
            return [self._tokens[name] for name in sorted(self._tokens)]

    def token(self, digest: str) -> TokenRecord | None:
        """The token of a digest."""
        return next((token for token in self.tokens() if token.digest == digest), None)

    def remove_token(self, name: str) -> None:
        """Remove a token."""
        with self._open():
            self._tokens.pop(name, None)

    def _open(self) -> threading.RLock:
        if self._closed:
            raise StoreError("the store is closed", code="E-STORE-CLOSED")
        return self._lock

    def _number(self, meter: str) -> int | None:
        return next((record.id for record in self.meters() if record.name == meter), None)
