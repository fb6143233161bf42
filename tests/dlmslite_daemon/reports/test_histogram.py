"""Percentiles from counts never say less than the truth."""

from __future__ import annotations

import bisect
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.reports.histogram import SHARES, Histogram

BOUNDS = (0.1, 0.5, 1.0, 2.0, 5.0)


def counted(spans: list[float]) -> Histogram:
    counts = [0] * (len(BOUNDS) + 1)
    for span in spans:
        counts[bisect.bisect_left(BOUNDS, span)] += 1
    return Histogram(BOUNDS, tuple(counts))


@given(st.lists(st.floats(0.001, 4.9), min_size=1, max_size=200))
def test_a_percentile_is_the_bound_next_above_the_true_one(spans: list[float]) -> None:
    histogram = counted(spans)
    for share in SHARES:
        rank = max(1, -(-int(share * 100) * len(spans) // 100))
        true = sorted(spans)[rank - 1]
        found = histogram.percentile(share, max(spans))
        assert found is not None
        assert Decimal(repr(true)) <= found
        assert found <= Decimal(repr(next(bound for bound in BOUNDS if true <= bound)))


def test_of_nothing_there_is_none_and_above_all_bounds_nothing_is_known() -> None:
    assert counted([]).percentile(SHARES[0]) is None
    assert counted([9.0]).percentile(SHARES[0]) == Decimal("Infinity")
    assert counted([9.0]).percentile(SHARES[0], 9.25) == Decimal("9.25")


def test_several_are_one_and_an_empty_one_adds_nothing() -> None:
    both = Histogram.total(BOUNDS, [counted([0.05]).counts, (), counted([3.0, 9.0]).counts])
    assert both.counts == (1, 0, 0, 0, 1, 1)
    assert both.count == 3
    with pytest.raises(ValueError, match="5 bounds and 2 counts"):
        Histogram(BOUNDS, (1, 2))
