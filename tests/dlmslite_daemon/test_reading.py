"""Values are exact, whatever their size and scaler."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from strategies.ground import any_integers, readings, scalers

from dlmslite_daemon.reading import Lane, Reading, Source, ValueKind, decimal_text


@given(raw=any_integers, scaler=scalers)
def test_decimal_text_is_the_exact_value(raw: int, scaler: int) -> None:
    text = decimal_text(raw, scaler)
    with localcontext(prec=1000):
        assert Decimal(text) == Decimal(raw).scaleb(scaler)
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("raw", "scaler", "text"),
    [
        (2301, -1, "230.1"),
        (-5, -3, "-0.005"),
        (0, -2, "0.00"),
        (7, 0, "7"),
        (7, 2, "700"),
        (56281, 0, "56281"),
        (1 << 64, -1, "1844674407370955161.6"),
    ],
)
def test_decimal_text(raw: int, scaler: int, text: str) -> None:
    assert decimal_text(raw, scaler) == text


@given(reading=readings())
def test_the_json_token_is_valid_and_exact(reading: Reading) -> None:
    token = reading.json_value()
    back = json.loads(token, parse_float=str, parse_int=str, parse_constant=pytest.fail)
    if reading.kind is ValueKind.BOOLEAN:
        assert back is bool(reading.raw)
    else:
        assert back == reading.value_text()


@pytest.mark.parametrize(
    ("kind", "raw", "text", "token"),
    [
        (ValueKind.INTEGER, 12, None, "12"),
        (ValueKind.FLOAT, None, "0.1", "0.1"),
        (ValueKind.FLOAT, None, "-1e-05", "-1e-05"),
        (ValueKind.FLOAT, None, "nan", '"nan"'),
        (ValueKind.FLOAT, None, "-inf", '"-inf"'),
        (ValueKind.BOOLEAN, 1, None, "true"),
        (ValueKind.TEXT, None, "12", '"12"'),
    ],
)
def test_json_tokens(kind: ValueKind, raw: int | None, text: str | None, token: str) -> None:
    assert Reading("m", "s", 0, kind, raw, text=text).json_value() == token


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        (ValueKind.INTEGER, None, None),
        (ValueKind.INTEGER, None, "5"),
        (ValueKind.INTEGER, 5, "5"),
        (ValueKind.BOOLEAN, None, "true"),
        (ValueKind.TEXT, 5, None),
        (ValueKind.TEXT, 5, "5"),
        (ValueKind.FLOAT, None, None),
    ],
)
def test_a_value_stands_where_its_kind_says(
    kind: ValueKind, raw: int | None, text: str | None
) -> None:
    with pytest.raises(ValueError, match="stands in"):
        Reading("m", "s", 0, kind, raw, text=text)


def test_profile_rows_travel_in_the_history_lane() -> None:
    lanes = {
        source: Reading("m", "s", 0, ValueKind.INTEGER, 1, source=source).lane for source in Source
    }
    assert lanes == {
        Source.LIVE: Lane.LIVE,
        Source.PUSH: Lane.LIVE,
        Source.PROFILE: Lane.HISTORY,
    }


def test_the_key_is_meter_series_and_time() -> None:
    assert Reading("m", "s", 5, ValueKind.INTEGER, 1).key == ("m", "s", 5)
