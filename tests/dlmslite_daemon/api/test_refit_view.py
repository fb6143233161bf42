"""What the API shows of a change, of a policy and of a line."""

from __future__ import annotations

from decimal import Decimal

from rig.engine import settings_of

from dlmslite_daemon.api.refit_view import knob_view, load_view, refitted_view, state_view
from dlmslite_daemon.engine.health import Fault
from dlmslite_daemon.engine.load import LineLoad, Pace, Warned
from dlmslite_daemon.engine.refit import PolicyState, Refitted
from dlmslite_daemon.engine.trial import Trial
from dlmslite_daemon.engine.tuning import Knob
from dlmslite_daemon.store.records import Desired, MeterRecord

LOAD = LineLoad("10.0.0.5:3333", (Pace("kitchen", 10.0, 8.0), Pace("attic", 60.0)))


def test_a_change_without_a_trial_is_fine_and_says_so() -> None:
    record = MeterRecord(7, settings_of("kitchen"), Desired.RUNNING, 0, 0)
    view = refitted_view(Refitted(True, None, record, "A1", LOAD, (Warned("W-X", "beware"),)))
    assert (view["ok"], view["tried"], view["saved"], view["meter_id"]) == (True, False, True, 7)
    assert view["serial_known"] == "A1"
    assert view["warnings"] == [{"code": "W-X", "message": "beware"}]


def test_a_trial_that_failed_says_why_and_has_no_number() -> None:
    trial = Trial(False, 1.23456, fault=Fault("E-METER-SILENT", "no answer"))
    view = refitted_view(Refitted(False, trial, None, "", LOAD, ()))
    assert (view["ok"], view["saved"], view["fault"]["code"]) == (False, False, "E-METER-SILENT")
    assert view["seconds"] == Decimal("1.235")
    assert "meter_id" not in view


def test_a_line_shows_what_each_meter_takes() -> None:
    view = load_view(LOAD)
    assert (view["line"], view["share"], view["unmeasured"]) == (
        "10.0.0.5:3333",
        Decimal("0.8"),
        ["attic"],
    )
    assert view["meters"][1]["seconds"] is None
    assert [warning["code"] for warning in view["warnings"]] == ["W-LINE-LOAD"]


def test_a_number_has_the_name_that_policy_options_take() -> None:
    assert knob_view(Knob("breaker", "limit", 5, "file"))["name"] == "breaker.limit"
    state = PolicyState("busy", "wait", "taken", 5, ("line_busy",), {"times": 1})
    assert state_view(state)["alarms"] == ["line_busy"]
