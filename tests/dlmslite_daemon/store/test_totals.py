"""Histograms: where a duration is counted, how spans add up, what a percentile is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.store.totals import LATENCY_BOUNDS, added, bucket, percentile

durations = st.floats(0.0, 1e6)


def histogram(seconds: list[float]) -> tuple[int, ...]:
    counts = [0] * (len(LATENCY_BOUNDS) + 1)
    for one in seconds:
        counts[bucket(one)] += 1
    return tuple(counts)


def test_bounds_rise() -> None:
    assert list(LATENCY_BOUNDS) == sorted(set(LATENCY_BOUNDS))


@pytest.mark.parametrize(
    ("seconds", "where"), [(0.0, 0), (0.05, 0), (0.051, 1), (2.0, 8), (86400.0, 21), (1e9, 22)]
)
def test_a_bound_belongs_to_what_it_bounds(seconds: float, where: int) -> None:
    assert bucket(seconds) == where


@given(st.lists(st.lists(durations)))
def test_spans_add_up_to_the_whole(spans: list[list[float]]) -> None:
    whole = histogram([one for span in spans for one in span])
    assert added(map(histogram, spans)) == (whole if spans else ())


def test_histograms_of_different_lengths_add_up() -> None:
    assert added([(1, 2), (), (1, 0, 5)]) == (2, 2, 5)


@given(st.lists(durations, min_size=1), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_so_much_lies_below_a_percentile(seconds: list[float], share: float) -> None:
    bound = percentile(histogram(seconds), share)
    assert bound is not None
    assert sum(one <= bound for one in seconds) >= share * len(seconds)


def test_without_any_there_is_no_percentile() -> None:
    assert percentile((), 0.5) is percentile((0, 0), 0.5) is None
