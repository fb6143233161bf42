"""Tests of dlmslite.values.quantity."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import scalers

from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit, scale


@given(st.integers(), scalers)
def test_the_value_is_raw_times_the_power_of_ten(raw: int, scaler: int) -> None:
    quantity = Quantity(raw, scaler, Unit.WATT_HOUR)
    assert (quantity.raw, quantity.scaler, quantity.unit) == (raw, scaler, Unit.WATT_HOUR)
    assert str(quantity.value) == str(scale(raw, scaler))


def test_it_shows_as_the_readme_does() -> None:
    assert repr(Quantity(56281, 0, Unit.WATT_HOUR)) == "Quantity(Decimal('56281'), Unit.WATT_HOUR)"
    assert str(Quantity(2299, -1, Unit.VOLT)) == "229.9 V"


def test_a_value_without_scaler_is_raw_and_has_no_unit() -> None:
    quantity = Quantity(5)
    assert (quantity.value, quantity.unit, str(quantity)) == (Decimal(5), None, "5")
    assert repr(quantity) == "Quantity(Decimal('5'), None)"


def test_it_is_read_only_and_a_value() -> None:
    quantity = Quantity(1, -1, Unit.VOLT)
    with pytest.raises(AttributeError):
        quantity.raw = 2  # type: ignore[misc] # what this test is about
    assert quantity == Quantity(1, -1, Unit.VOLT)
    assert hash(quantity) == hash(Quantity(1, -1, Unit.VOLT))
    assert quantity != Quantity(1, 0, Unit.VOLT)
