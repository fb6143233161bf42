"""Exact, or an error; never a number that the meter did not say."""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.values.kinds import Bcd, BitString, Enum, Float32
from dlmslite.values.quantity import Quantity
from dlmslite.values.times import CosemDateTime
from dlmslite.values.units import Unit
from dlmslite_daemon.meters.convert import Moment, NoReading, described, reading_of
from dlmslite_daemon.reading import Quality, Reading, Source, ValueKind

MOMENT = Moment("kitchen", 1_700_000_000_000, 1_700_000_000_500)


def convert(value: Any, unit: str = "") -> Reading:
    return reading_of(value, "v", unit, MOMENT)


@given(st.integers(-(2**70), 2**70), st.integers(-127, 127), st.integers(1, 40))
def test_a_scaled_integer_is_exact_whatever_the_decimal_context(
    raw: int, scaler: int, precision: int
) -> None:
    with localcontext() as context:
        context.prec = precision
        reading = convert(Quantity(raw, scaler, Unit.VOLT))
        text = reading.value_text()
    assert Decimal(text) == Decimal((int(raw < 0), tuple(map(int, str(abs(raw)))), scaler))
    assert "E" not in text
    assert (reading.raw, reading.scaler, reading.unit) == (raw, scaler, "V")
    assert reading.kind is ValueKind.INTEGER


def test_the_moment_is_the_hosts_and_the_meters_own_time_stands_beside_it() -> None:
    reading = convert(Quantity(22990, -2, Unit.VOLT))
    assert reading.ts_ms == reading.host_ts_ms == MOMENT.ts_ms
    assert reading.meter_ts_ms == MOMENT.meter_ts_ms
    assert (reading.source, reading.quality) == (Source.LIVE, Quality.GOOD)


def test_the_operators_unit_stands_where_the_meter_gives_none() -> None:
    assert convert(Quantity(1, 0, Unit.VOLT), "A").unit == "V"
    assert convert(Quantity(1, 0, None), "A").unit == "A"
    assert convert(Quantity(1, 0, Unit.NONE), "A").unit == "A"
    assert convert(7, "A").unit == "A"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_single_shows_the_digits_that_the_meter_sent(value: float) -> None:
    text = convert(Float32(value)).value_text()
    assert struct.pack("<f", float(text)) == struct.pack("<f", value)
    assert "e" not in text.lower()


def test_a_single_of_229_9_is_229_9_and_not_its_double() -> None:
    value = struct.unpack("<f", struct.pack("<f", 229.9))[0]
    assert convert(Float32(value)).value_text() == "229.9"
    assert convert(value).value_text() == "229.89999389648438"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_comes_back_from_its_text(value: float) -> None:
    assert float(convert(value).value_text()) == value


def test_a_scaled_float_moves_its_point_exactly() -> None:
    assert convert(Quantity(2.5, 3, Unit.WATT)).value_text() == "2500"
    assert convert(Quantity(2.5, -3, Unit.WATT)).value_text() == "0.0025"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (True, ValueKind.BOOLEAN, "true"),
        (42, ValueKind.INTEGER, "42"),
        (Enum(3), ValueKind.INTEGER, "3"),
        (Bcd(0x42), ValueKind.INTEGER, "66"),
        (b"\x00\xff", ValueKind.OCTETS, "00ff"),
        ("MSE1", ValueKind.TEXT, "MSE1"),
        (BitString("0101"), ValueKind.BITS, "0101"),
        (math.inf, ValueKind.FLOAT, "inf"),
        (
            CosemDateTime(2026, 3, 1, None, 12, 0, 0, 0, -60),
            ValueKind.TIME,
            "2026-03-01T12:00:00+01:00",
        ),
        (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), ValueKind.TIME, "2026-03-01T00:00:00+00:00"),
    ],
)
def test_every_single_value_has_its_kind(value: Any, kind: ValueKind, text: str) -> None:
    reading = convert(value)
    assert (reading.kind, reading.value_text()) == (kind, text)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1, 2],
        (1, 2),
        object(),
        CosemDateTime(hour=12),
        Quantity(b"\x01", -1, Unit.VOLT),  # type: ignore[arg-type]  # a meter may say anything
        Quantity(True, -1, Unit.VOLT),
        Quantity(1, 200, Unit.VOLT),
    ],
)
def test_what_is_no_single_value_is_an_error_and_not_a_reading(value: Any) -> None:
    with pytest.raises(NoReading):
        convert(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ([1, (b"\x01\xff", "a"), True], '[1, ["01ff", "a"], true]'),
        (Quantity(5, -1, Unit.VOLT), '{"raw": 5, "scaler": -1, "unit": "V"}'),
        (BitString("0101"), '"0101"'),
        (CosemDateTime(hour=12), json.dumps(str(CosemDateTime(hour=12)))),
    ],
)
def test_whatever_a_meter_says_can_be_shown(value: Any, text: str) -> None:
    assert described(value) == text
