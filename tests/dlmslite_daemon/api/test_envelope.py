"""One shape for every answer; decimals keep their digits."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.api.envelope import dumps, failure, loads, status_of, success
from dlmslite_daemon.errors import (
    BridgeError,
    ConfigError,
    DaemonUnreachable,
    NameTaken,
    NotAllowed,
    StoreError,
    UnknownMeter,
)

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


def test_a_good_answer_says_success() -> None:
    answer = success(202, count=1)
    assert (answer.status_code, json.loads(answer.body)) == (202, {"success": True, "count": 1})


def test_a_bad_answer_has_a_code_a_message_and_a_hint() -> None:
    answer = failure(UnknownMeter("attic"))
    assert answer.status_code == 404
    assert json.loads(answer.body) == {
        "success": False,
        "error": {
            "code": "E-METER-UNKNOWN",
            "message": "there is no meter 'attic'",
            "hint": "dlmslite-bridge list shows the meters",
        },
    }


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownMeter(3), 404),
        (NameTaken("x"), 409),
        (NotAllowed("x"), 403),
        (NotAllowed("x", code="E-TOKEN"), 401),
        (ConfigError("x"), 422),
        (StoreError("x"), 503),
        (DaemonUnreachable("x"), 503),
        (BridgeError("x"), 400),
        (BridgeError("x", code="E-TOO-BUSY"), 429),
    ],
)
def test_each_kind_of_error_has_its_status(error: BridgeError, status: int) -> None:
    assert status_of(error) == status
