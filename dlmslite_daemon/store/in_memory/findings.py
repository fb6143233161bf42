"""In memory: the findings of diagnoses."""

from __future__ import annotations

from dlmslite_daemon.finding import FINDINGS_KEPT, FindingRecord
from dlmslite_daemon.store.in_memory.state import MemoryState


class FindingsInMemory(MemoryState):
    """The part of ``MemoryStore`` that keeps findings."""

    def add_finding(self, record: FindingRecord) -> None:
        """Keep a finding."""
        with self._open():
            kept = self._meter(record.finding.meter).findings
            kept.append(record)
            del kept[:-FINDINGS_KEPT]

    def findings(self, meter: str | None, limit: int) -> tuple[FindingRecord, ...]:
        """What was found, the newest first."""
        with self._open():
            wanted = self._meters.values() if meter is None else (self._meter(meter),)
            found = [record for kept in wanted for record in reversed(kept.findings)]
            found.sort(key=lambda record: record.finding.ts_ms, reverse=True)
            return tuple(found[:limit])
