from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.cosem.scaler_unit import ScalerUnit
from dlmslite.errors import DecodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import BitString, Enum, Float32
from dlmslite.values.quantity import Quantity
from dlmslite.values.units import Unit

VOLTS = ScalerUnit(-2, Unit.VOLT)


def test_d18_the_scaler_is_signed() -> None:
    plain = Data.decode(bytes.fromhex("02020ffe1623")).plain
    assert ScalerUnit.from_plain(plain) == VOLTS
    assert VOLTS.quantity(13519).value == Decimal("135.19")


def test_d18_unit_255_is_no_unit() -> None:
    scale = ScalerUnit.from_plain((0, Enum(255)))
    assert scale.unit is Unit.NONE
    assert str(scale.quantity(7)) == "7"


@given(st.integers(-128, 127), st.integers(0, 255), st.integers(-(2**63), 2**64 - 1))
def test_d18_scaled_values_are_exact_and_unknown_units_survive(
    scaler: int, unit: int, raw: int
) -> None:
    quantity = ScalerUnit.from_plain((scaler, Enum(unit))).quantity(raw)
    assert isinstance(quantity, Quantity)
    assert Fraction(quantity.value) == raw * Fraction(10) ** scaler
    assert (quantity.raw, quantity.scaler, int(quantity.unit or 0)) == (raw, scaler, unit)


@pytest.mark.parametrize("plain", [5, 0, Float32(1.5), 2.5])
def test_numbers_become_quantities(plain: float) -> None:
    assert VOLTS.quantity(plain) == Quantity(plain, -2, Unit.VOLT)


@pytest.mark.parametrize("plain", [None, True, "text", b"\x01", BitString("01"), [1], Enum(3)])
def test_d23_what_is_no_number_stays_as_it_is(plain: Any) -> None:
    assert VOLTS.quantity(plain) is plain


@pytest.mark.parametrize(
    "plain", [None, (), (0,), [0, 30], (0, 30, 1), (128, 30), (-129, 30), (0, 256), (0, "Wh")]
)
def test_a_scale_that_is_none_is_an_error(plain: Any) -> None:
    with pytest.raises(DecodeError, match="scaler and unit"):
        ScalerUnit.from_plain(plain)
