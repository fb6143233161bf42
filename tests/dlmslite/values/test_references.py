from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from strategies.times import attribute_references, capture_objects

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AccessSelection, AttributeReference, CaptureObject
from dlmslite.values.selection import EntryDescriptor

ENERGY = Obis.parse("1.0.1.8.0.255")
NOTHING = Data.of(DataType.NULL_DATA)


@given(capture_objects())
def test_round_trip_of_capture_objects(column: CaptureObject) -> None:
    assert CaptureObject.from_plain(column.to_data().plain) == column


def test_the_octets_of_a_capture_object() -> None:
    column = CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2)
    assert column.to_data().encode().hex() == "020412000809060000010000ff0f02120000"


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [3, ENERGY.octets, 2, 0],
        (3, ENERGY.octets, 2),
        (3, ENERGY.octets[:5], 2, 0),
        (3, ENERGY.octets, "2", 0),
        (3, ENERGY.octets, 200, 0),
        (-1, ENERGY.octets, 2, 0),
        (3, ENERGY.octets, 2, 0x10000),
    ],
)
def test_what_is_no_capture_object_is_refused(plain: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        CaptureObject.from_plain(plain)
    assert caught.value.code == "bad-capture-object"


def test_d20_the_text_of_a_column_names_its_element() -> None:
    assert str(CaptureObject(3, ENERGY, 2)) == "1.0.1.8.0.255 attribute 2 (class 3)"
    assert str(CaptureObject(3, ENERGY, 2, 4)) == "1.0.1.8.0.255 attribute 2 element 4 (class 3)"


@given(attribute_references())
def test_a_selection_is_kept_in_its_wire_form(reference: AttributeReference) -> None:
    again = AttributeReference(
        reference.class_id, reference.obis, reference.attribute, reference.selection
    )
    assert again == reference
    assert reference.selection is None or type(reference.selection) is AccessSelection


def test_a_selection_of_any_kind_is_taken() -> None:
    reference = AttributeReference(7, ENERGY, 2, EntryDescriptor(1, 10))
    assert reference.selection == AccessSelection(2, EntryDescriptor(1, 10).parameters)
    assert str(reference) == "1.0.1.8.0.255 attribute 2 (class 7)"


@pytest.mark.parametrize(("class_id", "attribute"), [(-1, 2), (0x10000, 2), (3, 128), (3, -129)])
def test_what_has_no_octets_is_refused(class_id: int, attribute: int) -> None:
    with pytest.raises(EncodeError, match="out of range"):
        AttributeReference(class_id, ENERGY, attribute)


@pytest.mark.parametrize("selector", [-1, 256])
def test_a_selector_is_one_octet(selector: int) -> None:
    with pytest.raises(EncodeError, match="out of range"):
        AccessSelection(selector, NOTHING)
