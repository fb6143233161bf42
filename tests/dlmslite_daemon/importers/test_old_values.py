"""Whatever stands in a column is a value or none, never an exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite_daemon.errors import ConfigError
from dlmslite_daemon.importers.old_values import (
    TEXT_MAX,
    moment,
    number,
    rows,
    seconds,
    truth,
    whole,
    words,
)

anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())


@given(anything)
def test_nothing_is_too_strange(value: Any) -> None:
    assert whole(value) is None or isinstance(whole(value), int)
    assert seconds(value) is None or seconds(value) > 0
    assert moment(value) is None or moment(value) >= 0
    assert truth(value, default=True) in {True, False}


@pytest.mark.parametrize(
    ("value", "expected"), [("7", 7), (7.0, 7), ("7.5", None), ("x", None), (None, None)]
)
def test_a_whole_number(value: Any, expected: int | None) -> None:
    assert whole(value) == expected


def test_a_number_within_bounds() -> None:
    assert number({"port": ""}, "port", 3333, 1, 65535) == 3333
    assert number({"port": "4059"}, "port", 3333, 1, 65535) == 4059
    with pytest.raises(ConfigError) as caught:
        number({"port": 0}, "port", 3333, 1, 65535)
    assert caught.value.key == "port"


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment("1970-01-01 00:00:01.5") == 1500
    assert moment("1970-01-01T00:00:01-05:00") == 18_001_000
    assert moment("1969-12-31 00:00:00") is None


@pytest.mark.parametrize(
    ("value", "expected"), [(1, True), ("TRUE", True), (0, False), ("", False), ("no", False)]
)
def test_yes_or_no(value: Any, expected: bool) -> None:
    assert truth(value, default=True) is expected
    assert truth(None, default=expected) is expected


def test_words_can_be_stored() -> None:
    assert words(None, "usual") == "usual"
    assert words("a\ud800b") == "a?b"
    assert words(["x"]) == "['x']"
    assert len(words("x" * 9999)) == TEXT_MAX


def test_rows_are_what_is_rows() -> None:
    assert rows([{"a": 1}, 7, "x"]) == [{"a": 1}]
    assert rows("x") == rows(None) == rows(7) == []
