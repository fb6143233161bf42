"""What is read in which requests, and what is remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.meters.plan import Plan, Scaling, dotted

VOLTAGE = SeriesSettings("voltage", "1.1.32.7.0.255", unit="V?")
AGAIN = SeriesSettings("voltage_too", "1-1:32.7.0*255")
SERIAL = SeriesSettings("serial", "0.0.96.1.0.255", class_id=1)
CLOCK = SeriesSettings("clock", "0.0.1.0.0.255", class_id=8)
SCALER = SeriesSettings("scaler", "1.1.32.7.0.255", attribute=3)
OFF = SeriesSettings("off", "1.1.31.7.0.255", enabled=False)


def test_values_go_together_each_name_once_and_the_rest_alone() -> None:
    plan = Plan.of([VOLTAGE, AGAIN, SERIAL, CLOCK, SCALER, OFF], {})
    assert plan.together == ("1.1.32.7.0.255", "0.0.96.1.0.255")
    assert [item.key for item in plan.alone] == ["clock", "scaler"]
    assert [item.key for item in plan.asked] == [
        "voltage", "voltage_too", "serial", "clock", "scaler"
    ]  # fmt: skip


def test_what_the_meter_does_not_have_is_not_asked_again() -> None:
    plan = Plan.of([VOLTAGE, AGAIN, SERIAL], {}).without("1.1.32.7.0.255/2")
    assert plan.together == ("0.0.96.1.0.255",)
    assert len(plan.items) == 3
    assert plan.hopeful().together == ("1.1.32.7.0.255", "0.0.96.1.0.255")


def test_the_unit_of_the_meter_goes_before_the_operators() -> None:
    plan = Plan.of([VOLTAGE], {})
    (item,) = plan.items
    assert plan.unit(item) == "V?"
    assert plan.with_scaling(item.target, Scaling(-2, "V")).unit(item) == "V"
    assert plan.with_scaling(item.target, Scaling(0, "")).unit(item) == "V?"


@given(
    st.dictionaries(
        st.sampled_from(["1.1.32.7.0.255/2", "0.0.96.1.0.255/2", "0.0.1.0.0.255/2"]),
        st.tuples(st.booleans(), st.integers(-128, 127), st.text(max_size=5)),
    )
)
def test_the_notebook_gives_back_what_was_learnt(
    learnt: dict[str, tuple[bool, int, str]],
) -> None:
    series = [VOLTAGE, SERIAL, CLOCK]
    fresh = Plan.of(series, {})
    plan = fresh
    for target, (missing, scaler, unit) in learnt.items():
        plan = plan.with_scaling(target, Scaling(scaler, unit))
        plan = plan.without(target) if missing else plan
    notes = {key: text for key, text in plan.notes(fresh).items() if text is not None}
    assert Plan.of(series, notes) == plan
    assert plan.notes(plan) == {}
    assert set(fresh.notes(plan)) == set(notes)
    assert set(fresh.notes(plan).values()) <= {None}


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"scaler": "x", "unit": 3}'])
def test_notes_of_another_hand_are_ignored(text: str) -> None:
    assert Plan.of([VOLTAGE], {"object/1.1.32.7.0.255/2": text}) == Plan.of([VOLTAGE], {})


@pytest.mark.parametrize(
    "text", ["1.0.1.8.0.255", "1-0:1.8.0*255", "1.0.1.8.0*255", "01.0.1.8.0.255"]
)
def test_every_text_form_of_a_name_is_one_name(text: str) -> None:
    assert dotted(text) == "1.0.1.8.0.255"
