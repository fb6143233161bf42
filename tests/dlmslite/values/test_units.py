"""Tests of dlmslite.values.units."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import scalers

from dlmslite.errors import EncodeError
from dlmslite.values.units import FACTORS, Unit, multiply, scale

RAW = st.integers(-(2**63), 2**64 - 1)


@given(RAW, scalers)
def test_d18_scaling_is_exact(raw: int, scaler: int) -> None:
    assert Fraction(scale(raw, scaler)) == raw * Fraction(10) ** scaler


@given(RAW, scalers)
def test_scaling_does_not_see_the_context_of_the_caller(raw: int, scaler: int) -> None:
    with decimal.localcontext() as context:
        context.prec = 1
        context.Emax = 2
        narrow = scale(raw, scaler)
    assert Fraction(narrow) == raw * Fraction(10) ** scaler


@given(st.floats(allow_nan=False, allow_infinity=False), scalers)
def test_a_float_is_scaled_exactly_too(raw: float, scaler: int) -> None:
    assert Fraction(scale(raw, scaler)) == Fraction(raw) * Fraction(10) ** scaler


@given(RAW, scalers)
def test_a_column_is_scaled_as_its_values_are(raw: int, scaler: int) -> None:
    assert str(multiply(raw, FACTORS[scaler])) == str(scale(raw, scaler))


def test_an_integer_stays_one_in_its_text() -> None:
    assert [str(scale(5, scaler)) for scaler in (2, 0, -1)] == ["500", "5", "0.5"]
    assert str(scale(0, -3)) == "0.000"


@pytest.mark.parametrize("scaler", [-129, 128])
def test_a_scaler_is_a_signed_octet(scaler: int) -> None:
    with pytest.raises(EncodeError, match="scaler"):
        scale(1, scaler)


@pytest.mark.parametrize(
    ("code", "name", "symbol"),
    [
        (7, "SECOND", "s"),
        (27, "WATT", "W"),
        (30, "WATT_HOUR", "Wh"),
        (32, "VAR_HOUR", "varh"),
        (33, "AMPERE", "A"),
        (35, "VOLT", "V"),
        (44, "HERTZ", "Hz"),
        (57, "AMPERE_HOUR", "Ah"),
        (67, "ATMOSPHERE", "atm"),
        (72, "DECIBEL", "dB"),
        (143, "POUND_PER_CUBIC_FOOT", "lb/ft³"),
        (152, "FOOT_PER_SECOND", "ft/s"),
        (166, "US_GALLON_PULSE", "gal(US)"),
        (174, "BRITISH_THERMAL_UNIT_PER_DAY", "Btu/d"),
        (255, "NONE", ""),
    ],
)
def test_units_have_the_code_and_symbol_of_the_standard(code: int, name: str, symbol: str) -> None:
    assert (Unit(code).name, Unit(code).symbol) == (name, symbol)


def test_d18_255_is_no_unit_and_every_other_unit_has_a_symbol() -> None:
    assert [unit for unit in Unit if not unit.symbol] == [Unit.NONE]


def test_other_codes_stay_numbers() -> None:
    unknown = Unit(77)
    assert (int(unknown), unknown.symbol, unknown.is_defined) == (77, "unit 77", False)


def test_nan_survives() -> None:
    assert scale(float("nan"), 0).is_nan()
    assert scale(float("inf"), -2) == Decimal("Infinity")
