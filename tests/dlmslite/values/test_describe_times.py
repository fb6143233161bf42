from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load
from strategies.times import dates, times

from dlmslite.errors import DecodeError
from dlmslite.values.describe_times import FORMS, decode, describe
from dlmslite.values.times import CosemDate, CosemDateTime, CosemTime

VECTORS = [vector for vector in load("axdr") if "form" in vector]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert decode(vector["form"], octets) == vector["expected"]
        assert FORMS[vector["form"]].decode(octets).encode() == octets
    else:
        with pytest.raises(DecodeError) as caught:
            decode(vector["form"], octets)
        assert caught.value.code == vector["reason"]


def test_d02_special_months_are_told_by_name_and_special_days_by_number() -> None:
    told = describe(CosemDate(month=0xFE, day=0xFD))
    assert (told["month"], told["day"], told["year"]) == ("dst-begin", 253, None)


@given(st.one_of(dates(), times()))
def test_every_value_is_told_in_what_json_can_hold(value: CosemDate | CosemTime) -> None:
    told = describe(value)
    assert json.loads(json.dumps(told)) == told
    assert told["kind"] == ("date" if isinstance(value, CosemDate) else "time")


def test_a_date_time_tells_its_date_and_its_time() -> None:
    told = describe(CosemDateTime(2024, 2, 29, hour=23, minute=59, second=59, deviation=0))
    assert told["iso"] == "2024-02-29T23:59:59+00:00"
    assert told["status"] is None
