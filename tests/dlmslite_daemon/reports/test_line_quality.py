"""Line quality: what came whole, how long it took, what broke."""

from __future__ import annotations

from decimal import Decimal

from rig.counted import T1, a_meter, facts, spans

from dlmslite_daemon.reports.facts import MeterFacts
from dlmslite_daemon.reports.line_quality import line_quality, round_trip, soundness
from dlmslite_daemon.reports.render import as_text


def test_sound_frames_are_of_those_that_came() -> None:
    assert soundness(a_meter()) == 1
    assert soundness(a_meter(discarded={"bad-fcs": 200, "noise": 999})) == Decimal("0.9")
    assert soundness(MeterFacts(1, "kitchen")) is None
    assert round_trip(a_meter()) == Decimal("0.1")
    assert round_trip(MeterFacts(1, "kitchen")) is None


def test_one_disturbed_line_is_enough() -> None:
    clean = line_quality(facts(), T1)
    assert (clean.verdict, clean.exit_code) == ("clean", 0)
    noisy = a_meter("cellar", 2, discarded={"bad-fcs": 20, "noise": 2}, failures={"E-X": 3})
    both = line_quality(facts(a_meter(), noisy), T1)
    assert (both.verdict, both.exit_code) == ("disturbed", 1)
    view = both.data["meters"][1]
    assert view["errors"] == {"fcs": 20, "hcs": 0, "length": 0, "sequence": 0, "other": 2}
    assert view["errors_by_reason"] == {"bad-fcs": 20, "noise": 2}
    assert both.data["total"]["octets_sent"] == 100_000
    text = as_text(both)
    assert "E-X 3" in text
    assert "  all " in text


def test_nothing_heard_is_no_data() -> None:
    made = line_quality(facts(MeterFacts(1, "kitchen")), T1)
    assert (made.verdict, made.exit_code) == ("no data", 2)


def test_a_poll_above_all_bounds_is_shown_as_such() -> None:
    slow = a_meter(latency=spans(0, 0, 0, 0, 0, 3), latency_max=None)
    assert "above all" in as_text(line_quality(facts(slow), T1))
