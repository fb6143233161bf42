"""Facts add up, and know what they do not know."""

from __future__ import annotations

from decimal import Decimal

from attrs import evolve
from rig.counted import HOUR, T1, a_meter, a_sink, facts, spans

from dlmslite_daemon.reports.facts import Facts, MeterFacts, by_kind, total_of


def test_discarded_frames_are_told_by_the_four_kinds_and_what_is_none_of_them() -> None:
    reasons = {"bad-fcs": 2, "bad-hcs": 1, "truncated": 3, "too-long": 1, "duplicate": 4,
               "noise": 9, "wrong-address": 1}  # fmt: skip
    assert by_kind(reasons) == {"fcs": 2, "hcs": 1, "length": 4, "sequence": 4, "other": 10}
    assert sum(a_meter(discarded=reasons).hdlc_errors.values()) == 11
    assert by_kind({}) == {"fcs": 0, "hcs": 0, "length": 0, "sequence": 0, "other": 0}


def test_all_meters_as_one() -> None:
    total = total_of(
        [
            a_meter(discarded={"noise": 1}, failures={"E-LINE-REFUSED": 2}),
            a_meter("b", 2, discarded={"noise": 2}, latency=spans(0, 0, 40), latency_max=0.9),
            MeterFacts(3, "c"),
        ]
    )
    assert (total.due, total.complete, total.produced) == (720, 720, 3600)
    assert total.running_seconds == 7200
    assert total.discarded == {"noise": 3}
    assert total.failures == {"E-LINE-REFUSED": 2}
    assert total.latency == spans(0, 360, 40)
    assert total.latency_max == 0.9
    assert total.octets_sent == 100_000
    empty = total_of([])
    assert (empty.due, empty.latency.count, empty.latency_max) == (0, 0, None)


def test_time_before_the_bridge_was_there_does_not_count() -> None:
    assert facts().seconds == 3600
    assert facts(born_ms=T1 - 60_000).seconds == 60
    assert facts(born_ms=T1 + 60_000).seconds == 0
    assert Facts(HOUR).seconds == Decimal(0)
    # A span of five minutes that ends in the window counts whole.
    assert facts(counted_ms=T1 - 3_600_000 - 120_000).seconds == 3720
    assert facts(counted_ms=T1 - 1_800_000).seconds == 3600


def test_without_a_word_of_it_nothing_was_heard() -> None:
    silent = MeterFacts(1, "kitchen", due=10, failures={"E-LINE-REFUSED": 10})
    assert not silent.heard
    assert evolve(silent, partial=1).heard
    assert not a_sink(connected_seconds=0.0, acknowledged=0).heard


def test_acknowledged_is_what_is_not_waiting_any_more() -> None:
    assert a_meter(undelivered=300).acknowledged == 1500
    assert a_meter(produced=1, undelivered=2).acknowledged == 0
