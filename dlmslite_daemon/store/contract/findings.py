"""What a store promises about the findings of diagnoses."""

from __future__ import annotations

from typing import Protocol

from dlmslite_daemon.finding import FindingRecord


class FindingsStore(Protocol):
    """The part of every store that keeps findings."""

    def add_finding(self, record: FindingRecord) -> None:
        """Keep a finding; of each meter the newest ``FINDINGS_KEPT`` stay.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...

    def findings(self, meter: str | None, limit: int) -> tuple[FindingRecord, ...]:
        """What was found of a meter, or of all where none is named, the newest first.

        Raises:
            UnknownMeter: There is no such meter.
        """
        ...
