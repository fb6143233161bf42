"""Attribute references on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies.apdus import attributes

from dlmslite.apdu.attribute import ATTRIBUTE
from dlmslite.encoding import codec
from dlmslite.errors import DecodeError
from dlmslite.values.references import AttributeReference


@given(attributes())
def test_a_reference_comes_back(attribute: AttributeReference) -> None:
    assert codec.parse(ATTRIBUTE, codec.build(ATTRIBUTE, attribute)) == attribute


def test_manufacturers_attributes_are_negative() -> None:
    assert codec.parse(ATTRIBUTE, bytes.fromhex("00010000 2a0000ff ff00")).attribute == -1


def test_a_presence_flag_is_0_or_1() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(ATTRIBUTE, bytes.fromhex("000100002a0000ff0202"))
    assert (caught.value.code, caught.value.offset) == ("bad-presence-flag", 9)


def test_a_selection_without_parameters_is_cut() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.parse(ATTRIBUTE, bytes.fromhex("0007 0100630100ff 02 01 02"))
    assert caught.value.code == "truncated"
