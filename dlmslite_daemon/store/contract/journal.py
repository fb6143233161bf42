"""What a store promises about protocol events and what operators did."""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.store.records import AuditEntry, Diagnostic


class JournalStore(Protocol):
    """The part of every store that keeps protocol events and what operators did."""

    def add_diagnostic(self, *diagnostics: Diagnostic) -> None:
        """Write rows of ``dlms_diagnostics``; those of unknown meters are left out."""
        ...

    def diagnostics(self, meter: str, limit: int = 100) -> list[Diagnostic]:
        """A meter's newest protocol events, newest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def add_audit(self, entry: AuditEntry) -> None:
        """Write down an action of an operator."""
        ...

    def audit(
        self,
        limit: int = 100,
        since_ms: int = 0,
        *,
        actor: str = "",
        action: str = "",
        target: str = "",
    ) -> list[AuditEntry]:
        """The newest actions of operators, newest first.

        Args:
            limit: At most so many.
            since_ms: From this time on, ms UTC.
            actor: Only of this one; empty for all.
            action: Only this one, or what begins with it and a dot; empty for all.
            target: Only on this one; empty for all.
        """
        ...
