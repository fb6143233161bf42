from __future__ import annotations

from typing import Any

import pytest
from rig.interface_classes import check

from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.profile_generic import (
    EVENT_DRIVEN,
    ProfileGeneric,
    SortMethod,
    maybe_scale_of,
    maybe_time_column,
)
from dlmslite.errors import DecodeError
from dlmslite.values.kinds import Enum
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference, CaptureObject

CLOCK = CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2)
ENERGY = Obis.parse("1.0.1.8.0.255")


def test_the_class() -> None:
    check(ProfileGeneric, attributes=8, methods=2)


def test_d20_capture_objects_keep_their_data_index() -> None:
    plain = [(8, CLOCK.obis.octets, 2, 0), (3, ENERGY.octets, 2, 0), (7, ENERGY.octets, 2, 3)]
    captured = find_class(7).interpret("capture_objects", plain)
    assert captured == (
        CLOCK,
        CaptureObject(3, ENERGY, 2),
        CaptureObject(7, ENERGY, 2, data_index=3),
    )


def test_d21_the_clock_column_may_be_anywhere_or_absent() -> None:
    energy = CaptureObject(3, ENERGY, 2)
    assert maybe_time_column([CLOCK, energy]) == 0
    assert maybe_time_column([energy, CLOCK]) == 1
    assert maybe_time_column([energy]) is None
    # The clock's status is captured beside its time by many meters.
    assert maybe_time_column([CaptureObject(8, CLOCK.obis, 4), CLOCK]) == 1


def test_d21_a_capture_period_of_zero_is_event_driven() -> None:
    assert find_class(7).interpret("capture_period", 0) == EVENT_DRIVEN


@pytest.mark.parametrize(
    ("class_id", "attribute", "scale"),
    [(1, 2, None), (3, 2, 3), (4, 2, 3), (4, 4, None), (4, 5, None), (5, 2, 4), (5, 3, 4)],
)
def test_d23_a_column_has_the_scale_of_its_class_or_none(
    class_id: int, attribute: int, scale: int | None
) -> None:
    reference = maybe_scale_of(CaptureObject(class_id, ENERGY, attribute))
    assert reference == (None if scale is None else AttributeReference(class_id, ENERGY, scale))


def test_d23_a_column_of_an_unknown_class_has_no_scale() -> None:
    assert maybe_scale_of(CaptureObject(9000, ENERGY, 2)) is None


def test_the_sort_object_may_be_none() -> None:
    profile = find_class(7)
    assert profile.interpret("sort_object", (8, CLOCK.obis.octets, 2, 0)) == CLOCK
    assert profile.interpret("sort_object", (0, bytes(6), 0, 0)) is None
    assert profile.interpret("sort_method", Enum(1)) is SortMethod.FIFO


@pytest.mark.parametrize(
    ("attribute", "plain"),
    [
        ("capture_objects", None),
        ("capture_objects", [(8, b"", 2, 0)]),
        ("capture_period", "900"),
        ("sort_method", 256),
        ("sort_object", None),
    ],
)
def test_other_values_are_refused(attribute: str, plain: Any) -> None:
    with pytest.raises(DecodeError):
        find_class(7).interpret(attribute, plain)
