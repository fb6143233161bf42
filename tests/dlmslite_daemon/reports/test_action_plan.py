"""The plan: whose fault it is, what comes first, and all that a technician needs."""

from __future__ import annotations

from rig.counted import HOUR, T1, a_meter, facts
from rig.patients import found, patient

from dlmslite_daemon.causes import Cause
from dlmslite_daemon.reports.action_plan import plan
from dlmslite_daemon.reports.actions import Patient, actions_of
from dlmslite_daemon.reports.base import Report
from dlmslite_daemon.reports.judgement import Overall, judge_meter
from dlmslite_daemon.reports.render import as_data, as_markdown, as_text
from dlmslite_daemon.store.records import Desired


def made(*patients: Patient) -> Report:
    return plan(patients, Overall.DEGRADED, HOUR, T1)


def ids(report: Report) -> list[str]:
    keys = ("immediate_actions", "short_term_actions", "long_term_actions", "preventive_measures")
    return [action["id"] for key in keys for action in report.data[key]]


def test_nothing_to_do() -> None:
    report = made(patient())
    assert (report.verdict, report.exit_code) == ("nothing to do", 0)
    assert ids(report) == []
    assert "to do: nothing" in as_text(report)


def test_a_finding_becomes_an_action_with_all_that_a_technician_needs() -> None:
    report = made(patient(found("association", Cause.WRONG_PASSWORD)))
    (action,) = report.data["immediate_actions"]
    assert action["id"] == "wrong-password/kitchen"
    assert (action["priority"], action["who"]) == ("CRITICAL", "remote")
    assert action["cause"] == "wrong-password"
    assert "told by association" in action["evidence"][0]
    assert action["steps"][1].startswith("try it without saving: dlmslite-bridge test kitchen ")
    assert action["verify"] == "dlmslite-bridge test kitchen"
    assert action["estimated_time"] == "10-30 min"
    assert action["automatic"] is False
    assert report.exit_code == 1
    text = as_text(report)
    assert "[CRITICAL] kitchen: the meter refuses the password" in text
    assert "verify: dlmslite-bridge test kitchen" in text
    assert "## immediate action" in as_markdown(report)


def test_the_old_keys_are_there() -> None:
    view = as_data(made(patient()))
    for key in ("generated_at", "based_on_report", "system_health", "immediate_actions",
                "short_term_actions", "long_term_actions", "preventive_measures"):  # fmt: skip
        assert key in view
    assert view["system_health"] == "DEGRADED"
    assert view["based_on_report"].startswith("health from 2023-11-14 ")


def test_a_reading_closes_what_kept_it_from_being_read() -> None:
    down = found("connect", Cause.HOST_DOWN, ago=600)
    (open_one,) = actions_of(patient(down, read_ms=T1 - 700_000))
    assert open_one.closed_by == ""
    report = made(patient(down, read_ms=T1 - 500_000))
    assert ids(report) == []
    (closed,) = report.data["closed"]
    assert closed["closed_by"] == "it was read at 2023-11-14 22:05:00Z"
    assert "done since it was found" in as_text(report)
    # A reading proves nothing about noise.
    noise = found("link", Cause.LINE_NOISE, ago=600)
    assert actions_of(patient(noise, read_ms=T1))[0].closed_by == ""


def test_a_cause_that_took_the_place_of_another_supersedes_it() -> None:
    down = found("connect", Cause.HOST_DOWN, ago=600)
    silent = found("link", Cause.METER_SILENT, ago=60, before=("connect",))
    report = made(patient(silent, down))
    (action,) = report.data["immediate_actions"]
    assert action["id"] == "meter-silent/kitchen"
    assert action["supersedes"] == [f"host-down/{a_meter().line}"]


def test_the_same_cause_again_is_one_action_and_counted() -> None:
    report = made(
        patient(
            found("association", Cause.WRONG_SAP, ago=60),
            found("association", Cause.WRONG_SAP, ago=600),
        )
    )
    (action,) = report.data["immediate_actions"]
    assert (action["seen"], action["first"], action["last"]) == (2, T1 - 600_000, T1 - 60_000)


def test_meters_of_one_line_and_of_one_sink_share_an_action() -> None:
    line = "192.0.2.9:3333"
    one = patient(found("connect", Cause.REFUSED), line=line)
    other = patient(found("connect", Cause.REFUSED, meter="cellar"), name="cellar", number=2,
                    line=line)  # fmt: skip
    (action,) = made(one, other).data["immediate_actions"]
    assert (action["id"], action["meters"]) == (f"refused/{line}", ["kitchen", "cellar"])
    broker = [
        patient(found("broker", Cause.BROKER_DOWN, sink="tb", meter=name), name=name, number=n)
        for n, name in enumerate(("a", "b", "c"), 1)
    ]
    (action,) = made(*broker).data["immediate_actions"]
    assert (action["id"], action["seen"]) == ("broker-down/tb", 3)


def test_a_meter_that_does_badly_without_a_cause_asks_for_a_diagnosis() -> None:
    report = made(
        patient(complete=0),
        patient(name="cellar", number=2, complete=100),
        patient(name="attic", number=3, complete=200),
        patient(name="shed", number=4, discarded={"bad-fcs": 9}),
    )
    found_ones = [(a["id"], a["priority"]) for a in report.data["immediate_actions"]]
    assert found_ones == [("undiagnosed/kitchen", "CRITICAL"), ("undiagnosed/cellar", "HIGH")]
    later = [(a["id"], a["priority"]) for a in report.data["short_term_actions"]]
    assert later == [("undiagnosed/shed", "HIGH"), ("undiagnosed/attic", "MEDIUM")]
    action = report.data["immediate_actions"][0]
    assert action["cause"] is None
    assert action["steps"][0] == "find the cause: dlmslite-bridge diagnose kitchen"
    # With a cause there is one action, not two.
    explained = made(patient(found("connect", Cause.REFUSED), complete=0))
    assert ids(explained) == [f"refused/{a_meter().line}"]


def test_a_paused_meter_asks_for_nothing() -> None:
    paused = patient(found("connect", Cause.REFUSED), complete=0, desired=Desired.PAUSED)
    assert ids(made(paused)) == []


def test_meters_that_were_never_commissioned_are_one_measure() -> None:
    fresh = [Patient(judge_meter(a_meter(f"m{n}", n), facts()), ()) for n in range(1, 9)]
    report = plan(fresh, Overall.HEALTHY, HOUR, T1)
    (measure,) = report.data["preventive_measures"]
    assert measure["meters"] == [f"m{n}" for n in range(1, 9)]
    assert report.exit_code == 0
    assert "m1, m2, m3, m4, m5 and 3 more" in as_text(report)


def test_critical_comes_first_and_then_what_most_suffer_from() -> None:
    report = made(
        patient(found("register", Cause.SLOW), name="a", number=1),
        patient(found("broker", Cause.BROKER_DOWN, sink="tb"), name="b", number=2),
        patient(found("association", Cause.WRONG_SAP), name="c", number=3),
        patient(found("broker", Cause.BROKER_DOWN, sink="tb"), name="d", number=4),
        patient(found("association", Cause.WRONG_PASSWORD), name="e", number=5),
    )
    assert ids(report) == ["broker-down/tb", "wrong-password/e", "wrong-sap/c", "slow/a"]
    assert report.verdict == "4 to do, 2 of them critical"
