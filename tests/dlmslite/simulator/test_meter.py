"""A simulated meter answers with Data, or with the reason why not."""

from __future__ import annotations

import datetime as dt

import pytest

from dlmslite.codes import DataAccessResult
from dlmslite.cosem.object_list import decode_object_list
from dlmslite.simulator.meter import (
    ASSOCIATION,
    SimulatedMeter,
    SimulatedObject,
    array,
    structure,
)
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AccessSelection, AttributeReference
from dlmslite.values.selection import EntryDescriptor

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NAME = Obis.parse("1.0.32.7.0.255")
ONE = Data.of(DataType.UNSIGNED, 1)
METER = SimulatedMeter(
    objects=(SimulatedObject(3, NAME, {2: lambda _when, _selection: ONE, 3: ONE}),)
)


def read(
    class_id: int, obis: Obis, attribute: int, selection: AccessSelection | None = None
) -> object:
    return METER.read(AttributeReference(class_id, obis, attribute, selection), NOW)


def test_values_and_functions_are_read_alike() -> None:
    assert read(3, NAME, 2) == ONE
    assert read(3, NAME, 3) == ONE


def test_attribute_one_is_the_logical_name() -> None:
    assert read(3, NAME, 1) == Data.of(DataType.OCTET_STRING, NAME.octets)


@pytest.mark.parametrize(
    ("class_id", "obis", "attribute", "result"),
    [
        (3, Obis.parse("1.0.99.0.0.255"), 2, DataAccessResult.OBJECT_UNDEFINED),
        (3, NAME, 9, DataAccessResult.OBJECT_UNDEFINED),
        (1, NAME, 2, DataAccessResult.OBJECT_CLASS_INCONSISTENT),
    ],
)
def test_what_is_not_there_is_refused(
    class_id: int, obis: Obis, attribute: int, result: DataAccessResult
) -> None:
    assert read(class_id, obis, attribute) is result


def test_a_selection_where_nothing_can_be_selected_is_refused() -> None:
    entries = AccessSelection(2, EntryDescriptor(1, 2).parameters)
    assert read(3, NAME, 3, entries) is DataAccessResult.OTHER_REASON
    assert read(15, ASSOCIATION, 2, entries) is DataAccessResult.OTHER_REASON


def test_an_unsound_or_unknown_selection_is_refused() -> None:
    assert read(3, NAME, 2, AccessSelection(2, ONE)) is DataAccessResult.TYPE_UNMATCHED
    assert read(3, NAME, 2, AccessSelection(9, ONE)) is DataAccessResult.OTHER_REASON


def test_d24_the_association_lists_every_object_with_its_access_rights() -> None:
    answer = read(15, ASSOCIATION, 2)
    assert isinstance(answer, Data)
    listed = {item.obis: item for item in decode_object_list(answer.plain)}
    assert set(listed) == {NAME, ASSOCIATION}
    assert listed[NAME].class_id == 3


def test_arrays_and_structures_are_made_of_their_elements() -> None:
    assert array([ONE, ONE]).plain == [1, 1]
    assert structure(ONE, ONE).plain == (1, 1)


def test_no_password_shows_in_the_repr_of_a_meter() -> None:
    assert "22222222" not in repr(METER)
