"""Counts, the last hour, recent durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.engine.tally import Recent, Tally
from dlmslite_daemon.meters.traffic import Traffic


def test_a_poll_serves_one_slot_and_none_twice() -> None:
    tally = Tally()
    tally.count_complete(0.0)
    assert (tally.due, tally.complete) == (0, 0)
    tally.count_due(0.0, 3)
    tally.count_complete(1.0)
    tally.count_complete(2.0)
    assert (tally.due, tally.complete) == (3, 1)
    assert tally.success(3.0) == pytest.approx(1 / 3)


@given(st.lists(st.tuples(st.floats(0, 600), st.integers(0, 3), st.booleans()), max_size=50))
def test_success_is_a_share_whatever_happens(
    steps: list[tuple[float, int, bool]],
) -> None:
    tally = Tally()
    now = 0.0
    for seconds, slots, complete in steps:
        now += seconds
        tally.count_due(now, slots)
        if complete:
            tally.count_complete(now)
        success = tally.success(now)
        assert success is None or 0.0 <= success <= 1.0
    assert tally.complete <= tally.due


def test_the_hour_forgets() -> None:
    tally = Tally()
    tally.count_due(0.0, 1)
    assert tally.success(3000.0) == 0.0
    assert tally.success(4000.0) is None
    tally.count_due(4000.0, 1)
    tally.count_complete(4001.0)
    assert tally.success(4001.0) == 1.0


def test_latency_is_of_the_recent_polls() -> None:
    tally = Tally()
    assert tally.latency() is None
    for _ in range(100):
        tally.count_poll(100.0, 1, 1)
    for number in range(64):
        tally.count_poll(float(number), 1, 1)
    latency = tally.latency()
    assert latency is not None
    assert (latency.p50, latency.p99) == (32.0, 62.0)


def test_all_that_was_counted_is_given_by_its_name() -> None:
    tally = Tally()
    tally.count_poll(0.2, asked=5, good=5)
    tally.count_poll(0.4, asked=5, good=3)
    tally.count_poll(3.0, asked=5, good=0)
    tally.count_exchange(0.1)
    tally.count_exchange(0.3)
    tally.count_traffic(Traffic(10, 20, 5, 6, 1, 2, octets_discarded=7))
    tally.failures["E-LINE-REFUSED"] += 1
    tally.protocol_errors["fcs"] += 2
    counts = {name: number for name, number in tally.counts().items() if number}
    assert counts == {
        ("partial", ""): 1, ("empty", ""): 1, ("reads_failed", ""): 7,
        ("seconds", ""): pytest.approx(3.6), ("exchanges", ""): 2,
        ("exchange_seconds", ""): pytest.approx(0.4), ("octets_sent", ""): 10,
        ("octets_received", ""): 20, ("octets_discarded", ""): 7, ("frames_sent", ""): 1,
        ("frames_received", ""): 2, ("failure", "E-LINE-REFUSED"): 1, ("error", "fcs"): 2,
        ("polls", "2"): 1, ("polls", "4"): 1, ("polls", "9"): 1,
    }  # fmt: skip


def test_the_shortest_and_the_longest_poll_are_taken_once() -> None:
    tally = Tally()
    assert tally.take_extremes() == []
    for seconds in (0.3, 0.1, 0.2):
        tally.count_poll(seconds, 1, 1)
    assert tally.take_extremes() == [0.1, 0.3]
    assert tally.take_extremes() == []


def test_lost_sessions_of_the_hour_and_of_the_day() -> None:
    tally = Tally()
    for now in (0.0, 10_000.0, 10_010.0):
        tally.count_reassociation(now)
    assert tally.reassociations == 3
    assert tally.lost(10_020.0) == (2, 3)
    assert tally.lost(20_000.0) == (0, 3)
    assert tally.lost(200_000.0) == (0, 0)


@given(steps=st.lists(st.floats(0, 1000), max_size=60))
def test_what_is_recent_is_never_more_than_a_window_and_a_bucket(steps: list[float]) -> None:
    recent, now, moments = Recent(100.0, 12), 0.0, []
    for step in steps:
        now += step
        recent.add(now)
        moments.append(now)
        sure = sum(now - moment <= 1100.0 for moment in moments)
        assert sure <= recent.total(now) <= sum(now - moment <= 1200.0 for moment in moments)
