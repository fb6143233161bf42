"""(7) Profile generic: a table of captured values. IEC 62056-6-2, clause 4.3.6.

The columns are capture objects: attributes of other objects, or one element of them. A column has
the scale of the object it was captured from; its raw values are told apart from scaled ones here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from dlmslite.codes import OpenEnum
from dlmslite.cosem import meaning
from dlmslite.cosem.base import Attribute, InterfaceClass, Method, find_class, interface_class
from dlmslite.values.references import AttributeReference, CaptureObject
from dlmslite.values.time_policy import TimePolicy

EVENT_DRIVEN = (
    0  # seconds; a capture period of zero: rows are captured by events, not by time (D21)
)

CLOCK_CLASS = 8
CLOCK_TIME = 2  # its attribute


class SortMethod(OpenEnum):
    """In which order the rows stand, and which one leaves when the buffer is full."""

    FIFO = 1
    LIFO = 2
    LARGEST = 3
    SMALLEST = 4
    NEAREST_TO_ZERO = 5
    FARTHEST_FROM_ZERO = 6


def _capture_objects(plain: Any, _policy: TimePolicy) -> tuple[CaptureObject, ...]:
    if not isinstance(plain, list):
        raise meaning.refused("an array of capture objects", plain)
    return tuple(map(CaptureObject.from_plain, plain))


def _sort_method(plain: Any, policy: TimePolicy) -> SortMethod:
    code = meaning.integer(plain, policy)
    if not 0 <= code <= 0xFF:
        raise meaning.refused("a sort method", plain)
    return SortMethod(code)


@interface_class
class ProfileGeneric(InterfaceClass):
    """A load profile, an event log, a billing table."""

    CLASS_ID: ClassVar[int] = 7
    NAME: ClassVar[str] = "Profile generic"
    VERSIONS: ClassVar[range] = range(2)
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = (
        Attribute(2, "buffer"),
        Attribute(3, "capture_objects", _capture_objects),
        Attribute(4, "capture_period", meaning.integer),
        Attribute(5, "sort_method", _sort_method),
        Attribute(6, "sort_object", meaning.maybe_capture_object),
        Attribute(7, "entries_in_use", meaning.integer),
        Attribute(8, "profile_entries", meaning.integer),
    )
    METHODS: ClassVar[tuple[Method, ...]] = (Method(1, "reset"), Method(2, "capture"))


def maybe_time_column(captured: Iterable[CaptureObject]) -> int | None:
    """The position of the column that holds the time of a row; it may be anywhere or absent."""
    for position, column in enumerate(captured):
        if (column.class_id, column.attribute) == (CLOCK_CLASS, CLOCK_TIME):
            return position
    return None


def maybe_scale_of(column: CaptureObject) -> AttributeReference | None:
    """The attribute that holds a column's scaler and unit; None where its class has none (D23)."""
    scaled_by = find_class(column.class_id).attribute(column.attribute).scaled_by
    if scaled_by is None:
        return None
    return AttributeReference(column.class_id, column.obis, scaled_by)
