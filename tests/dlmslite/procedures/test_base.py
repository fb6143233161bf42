"""A refusal names its target and what to do about it."""

from __future__ import annotations

import pytest

from dlmslite.codes import DataAccessResult
from dlmslite.procedures.base import refusal


@pytest.mark.parametrize("result", list(DataAccessResult))
def test_every_refusal_keeps_its_result(result: DataAccessResult) -> None:
    error = refusal(result, "1.0.1.8.0.255")
    assert error.result is result
    assert error.target == "1.0.1.8.0.255"
    assert result.label in str(error)


def test_a_hint_is_given_where_there_is_one() -> None:
    assert "no such object" in refusal(DataAccessResult.OBJECT_UNDEFINED).hint
    assert refusal(DataAccessResult(77)).hint == ""
