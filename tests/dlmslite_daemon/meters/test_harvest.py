"""A value or a reason, and what a plan learns of either."""

from __future__ import annotations

import pytest

import dlmslite
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit
from dlmslite_daemon.config.schema import SeriesSettings
from dlmslite_daemon.meters.harvest import Value, learnt_of, refused
from dlmslite_daemon.meters.plan import Plan

PLAN = Plan.of(
    (SeriesSettings("voltage", "1.1.32.7.0.255"), SeriesSettings("x", "1.1.9.7.0.255")), {}
)
VOLTAGE, OTHER = PLAN.items


def test_what_is_undefined_is_not_asked_again_and_a_scaling_is_kept() -> None:
    gone = Value(OTHER, error="object undefined", undefined=True)
    plan = learnt_of(PLAN, [Value(VOLTAGE, Quantity(2299, -1, Unit.VOLT)), gone])
    assert plan.asked == (VOLTAGE,)
    assert (plan.unit(VOLTAGE), plan.scalings[VOLTAGE.target].scaler) == ("V", -1)
    assert learnt_of(PLAN, [Value(VOLTAGE, True)]) == PLAN


def test_a_value_that_did_not_come_says_why() -> None:
    value = refused(VOLTAGE, dlmslite.DecodeError("no sense"))
    assert (value.ok, value.undefined) == (False, False)
    assert "no sense" in value.error


def test_a_failure_that_is_not_the_values_own_goes_on() -> None:
    with pytest.raises(dlmslite.LinkError):
        refused(VOLTAGE, dlmslite.LinkError("gone"))
