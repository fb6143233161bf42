"""What every store must do with findings."""

from __future__ import annotations

import pytest
from rig.store_suite import Suite, a_meter

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.errors import UnknownMeter
from dlmslite_daemon.finding import FINDINGS_KEPT, FindingRecord, Rung, Step, conclude
from dlmslite_daemon.store.base import Store


def a_finding(ts_ms: int, meter: str = "kitchen", page: str = "") -> FindingRecord:
    """A meter whose port is closed."""
    refused = Rung(name="connect", step=Step.FAILED, told="refused", cause=Cause.REFUSED)
    return FindingRecord(conclude(meter, "test", ts_ms, (refused,), 0.5), page)


class FindingsSuite(Suite):
    """Findings are kept, the newest first."""

    def test_a_finding_comes_back_as_it_was(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_finding(a_finding(5, page="# Commissioning"))

        assert store.findings("kitchen", 10) == (a_finding(5, page="# Commissioning"),)

    def test_the_newest_is_first_and_of_all_meters_where_none_is_named(self, store: Store) -> None:
        for name in ("kitchen", "cellar"):
            store.add_meter(a_meter(name))
        for ts_ms, name in ((1, "kitchen"), (2, "cellar"), (3, "kitchen")):
            store.add_finding(a_finding(ts_ms, name))

        assert [one.finding.ts_ms for one in store.findings("kitchen", 10)] == [3, 1]
        assert [one.finding.ts_ms for one in store.findings(None, 2)] == [3, 2]

    def test_only_the_newest_of_a_meter_stay(self, store: Store) -> None:
        store.add_meter(a_meter())
        for ts_ms in range(FINDINGS_KEPT + 3):
            store.add_finding(a_finding(ts_ms))
        kept = store.findings("kitchen", FINDINGS_KEPT + 10)

        assert len(kept) == FINDINGS_KEPT
        assert kept[-1].finding.ts_ms == 3

    def test_they_go_with_their_meter(self, store: Store) -> None:
        store.add_meter(a_meter())
        store.add_finding(a_finding(1))
        store.remove_meter("kitchen")

        assert store.findings(None, 10) == ()
        with pytest.raises(UnknownMeter):
            store.findings("kitchen", 10)
        with pytest.raises(UnknownMeter):
            store.add_finding(a_finding(2))
