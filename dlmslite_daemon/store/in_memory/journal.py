"""In memory: protocol events and what operators did."""

from __future__ import annotations

from dlmslite_daemon.store.in_memory.state import MemoryState
from dlmslite_daemon.store.records import AuditEntry, Diagnostic


class JournalInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps protocol events and what operators did."""

    def add_diagnostic(self, *diagnostics: Diagnostic) -> None:
        """Keep rows of dlms_diagnostics."""
        with self._open():
            for diagnostic in diagnostics:
                if (kept := self._meters.get(diagnostic.meter)) is not None:
                    kept.diagnostics.append(diagnostic)

    def diagnostics(self, meter: str, limit: int = 100) -> list[Diagnostic]:
        """A meter's newest protocol events."""
        with self._open():
            return self._meter(meter).diagnostics[: -limit - 1 : -1]

    def add_audit(self, entry: AuditEntry) -> None:
        """Keep an action."""
        with self._open():
            self._audit.append(entry)

    def audit(
        self,
        limit: int = 100,
        since_ms: int = 0,
        *,
        actor: str = "",
        action: str = "",
        target: str = "",
    ) -> list[AuditEntry]:
        """The newest actions."""
        with self._open():
            fit = [
                entry
                for entry in self._audit
                if entry.ts_ms >= since_ms
                and actor in {"", entry.actor}
                and target in {"", entry.target}
                and (not action or f"{entry.action}.".startswith(f"{action}."))
            ]
            return fit[: -limit - 1 : -1]
