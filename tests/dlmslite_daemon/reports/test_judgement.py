"""The old monitor's words, with thresholds that grow with the window."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rig.counted import HOUR, a_meter, a_sink, facts

from dlmslite_daemon.reports.base import Window
from dlmslite_daemon.reports.judgement import (
    Health,
    MeterVerdict,
    Overall,
    Trouble,
    issue_view,
    judge_all,
    judge_meter,
    judge_sink,
)
from dlmslite_daemon.store.records import Desired


def judged(**changed: Any) -> MeterVerdict:
    return judge_meter(a_meter(**changed), facts())


@pytest.mark.parametrize(
    ("complete", "health"),
    [(360, "HEALTHY"), (324, "HEALTHY"), (323, "DEGRADED"), (180, "DEGRADED"), (179, "CRITICAL"),
     (1, "CRITICAL"), (0, "DOWN")],
)  # fmt: skip
def test_health_is_the_share_of_complete_polls(complete: int, health: str) -> None:
    assert judged(complete=complete).health.value == health


def test_a_paused_meter_and_one_of_which_nothing_was_due() -> None:
    assert judged(desired=Desired.PAUSED, complete=0).health is Health.PAUSED
    assert judged(desired=Desired.PAUSED, complete=0).issues == ()
    assert judged(due=0, complete=0).health is Health.UNKNOWN
    assert judged(due=0, complete=0).success is None


def test_issues_begin_above_the_old_thresholds() -> None:
    quiet = {"failures": {"E-LINE-CLOSED": 3}, "discarded": {"bad-fcs": 5}, "reads_failed": 10}
    assert judged(**quiet).issues == ()
    loud = {
        "failures": {"E-LINE-CLOSED": 2, "E-METER-SILENT": 2, "E-METER-CREDENTIALS": 9},
        "discarded": {"bad-fcs": 4, "truncated": 2, "noise": 50},
        "reads_failed": 11,
    }
    found = [(i.severity, i.category, i.evidence.count) for i in judged(**loud).issues]
    assert found == [("HIGH", "NETWORK", 4), ("HIGH", "PROTOCOL", 6), ("MEDIUM", "DATA", 11)]
    (issue,) = judged(complete=0).issues
    assert (issue.severity, issue.category) == ("CRITICAL", "CONNECTION")
    assert issue.actions == ("dlmslite-bridge diagnose kitchen",)


def test_a_day_may_have_24_times_as_many_as_an_hour() -> None:
    day = facts(window=Window(HOUR.until_ms - 86_400_000, HOUR.until_ms))
    meter = a_meter(discarded={"bad-fcs": 120})
    assert judge_meter(meter, day).issues == ()
    assert judge_meter(meter, facts()).issues[0].evidence.threshold == 5
    minute = facts(window=Window(HOUR.until_ms - 60_000, HOUR.until_ms))
    assert judge_meter(a_meter(discarded={"bad-fcs": 1}), minute).issues


def test_evidence_has_its_times_a_frame_and_kinds_and_causes_come_from_diagnoses_alone() -> None:
    troubles = {"hdlc": Trouble(5, 9, "7ea0")}
    meter = a_meter(discarded={"bad-fcs": 6})
    view = issue_view(judge_meter(meter, facts(), troubles, ["line-noise"]).issues[0])
    assert view["probable_causes"] == ["line-noise"]
    assert view["evidence"] == {
        "count": 6,
        "threshold": Decimal(5),
        "first": 5,
        "last": 9,
        "sample_frame": "7ea0",
        "by_kind": {"fcs": 6, "hcs": 0, "length": 0, "sequence": 0},
    }
    assert issue_view(judge_meter(meter, facts()).issues[0])["probable_causes"] == []


def test_a_sink_that_loses_its_connection_is_an_issue() -> None:
    assert judge_sink(a_sink(disconnections=2), facts()) == ()
    (issue,) = judge_sink(a_sink(disconnections=3), facts())
    assert (issue.severity, issue.category) == ("MEDIUM", "MQTT")
    assert judge_sink(a_sink(disconnections=3, enabled=False), facts()) == ()


def test_all_are_as_the_worst_meter_that_is_wanted() -> None:
    well, bad = judged(), judged(complete=0)
    paused = judged(desired=Desired.PAUSED)
    noisy = judged(discarded={"bad-fcs": 6})
    sink = judge_sink(a_sink(disconnections=3), facts())
    assert judge_all([well, paused], ()) is Overall.HEALTHY
    assert judge_all([well, noisy], ()) is Overall.WARNING
    assert judge_all([well], sink) is Overall.WARNING
    assert judge_all([noisy, noisy], ()) is Overall.DEGRADED
    assert judge_all([well, judged(complete=300)], ()) is Overall.DEGRADED
    assert judge_all([well, bad], ()) is Overall.CRITICAL
    assert judge_all([paused], ()) is Overall.UNKNOWN
    codes = [overall.exit_code for overall in Overall]
    assert codes == [0, 1, 2, 3, 0]
