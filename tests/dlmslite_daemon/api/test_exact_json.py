"""Decimals keep their digits both ways."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.api.exact_json import dumps, error_object, loads
from dlmslite_daemon.errors import BridgeError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)


@given(PLAIN)
def test_plain_values_are_written_as_json_has_them(value: object) -> None:
    assert json.loads(dumps(value)) == value


@given(DECIMALS)
def test_a_decimal_keeps_its_digits_both_ways(value: Decimal) -> None:
    text = dumps({"value": value})
    assert "e" not in text.replace('"value"', "").lower()
    assert Decimal(str(loads(text)["value"])) == value


def test_a_decimal_of_many_digits_never_meets_a_float() -> None:
    assert dumps([Decimal("12345678901234567.890")]) == "[12345678901234567.890]"
    assert dumps(Decimal("NaN")) == '"NaN"'


def test_a_float_that_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("inf"))


def test_an_error_is_an_object() -> None:
    error = BridgeError("no", code="E-X", hint="go")
    assert error_object(error) == {"code": "E-X", "message": "no", "hint": "go"}
