"""Tests of dlmslite.values.describe."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from rig.shared_vectors import load
from strategies.values import data_values

from dlmslite.errors import DecodeError
from dlmslite.values.data import Data
from dlmslite.values.describe import describe
from dlmslite.values.kinds import DataType

VECTORS = [vector for vector in load("axdr") if "form" not in vector]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_vector(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe(Data.decode(octets)) == vector["expected"]
        return
    with pytest.raises(DecodeError) as caught:
        Data.decode(octets)
    assert caught.value.code == vector["reason"]


@given(data_values)
def test_every_value_has_words_that_json_can_hold(data: Data) -> None:
    described = describe(data)
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["type"] == data.type.label
    assert described == describe(data.tree())


@pytest.mark.parametrize(
    ("octets", "value"),
    [("177fc00000", "NaN"), ("187ff0000000000000", "Infinity"), ("17ff800000", "-Infinity")],
)
def test_what_is_no_number_is_a_text_and_keeps_its_octets(octets: str, value: str) -> None:
    described = describe(Data.decode(bytes.fromhex(octets)))
    assert (described["value"], described["raw"]) == (value, octets[2:])


def test_d12_an_array_in_a_compact_array_has_the_words_of_its_description() -> None:
    described = describe(Data.decode(bytes.fromhex("13 01 0002 11 04 01020304")))
    assert described["description"] == {"array": 2, "of": "unsigned"}
    assert described["value"][1] == {
        "type": "array",
        "value": [{"type": "unsigned", "value": 3}, {"type": "unsigned", "value": 4}],
    }


def test_d11_invalid_utf8_has_no_words() -> None:
    data = Data.decode(b"\x0c\x01\xff")
    assert data.type == DataType.UTF8_STRING
    with pytest.raises(DecodeError) as caught:
        describe(data)
    assert caught.value.code == "bad-utf8"
