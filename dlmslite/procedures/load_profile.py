"""Reads a load profile whole, by range or by entry, and hands rows out while blocks arrive.

Interface class Profile generic (IEC 62056-6-2, clause 4.3.6). The columns and their scalers are
read first, in the fewest round trips; the buffer is then one GET, in blocks where it is long. Where
the meter offers no selective access, the whole buffer is read and the rest left out here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import GetRequestNormal
from dlmslite.cosem.base import find_class
from dlmslite.cosem.classes.profile_generic import maybe_scale_of, maybe_time_column
from dlmslite.cosem.scaler_unit import ScalerUnit
from dlmslite.errors import ConfigurationError
from dlmslite.procedures.base import AskBlocks, Block, Emit, More, Procedure
from dlmslite.procedures.read import (
    ANY_ID,
    VALUE,
    Known,
    Notebook,
    data_of,
    read_attribute,
    read_attributes,
)
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference, CaptureObject
from dlmslite.values.selection import EntryDescriptor, RangeDescriptor
from dlmslite.values.table import Column, Row, RowLayout, RowStream
from dlmslite.values.time_policy import TimePolicy

PROFILE_GENERIC = 7
BUFFER = 2
CAPTURE_OBJECTS = 3
CAPTURE_PERIOD = 4

# Bounds for a range that is open on one side: no meter of this kind captured earlier or will later.
OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
NEWEST = dt.datetime(2099, 12, 31, tzinfo=dt.UTC)

Choose = Callable[[Iterable[Row]], Iterable[Row]]


@frozen
class ProfileShape:
    """What is known of a profile before its rows are read.

    Attributes:
        obis: Its logical name.
        captured: What it captures, in the order of the buffer.
        layout: Columns with scaler and unit, the meter's clock, the capture period.
        selective: Whether the meter selects rows by range and entry.
    """

    obis: Obis
    captured: tuple[CaptureObject, ...]
    layout: RowLayout
    selective: bool


def read_shape(obis: Obis, policy: TimePolicy, notebook: Notebook) -> Procedure[ProfileShape]:
    """The columns of a profile with their scalers and units.

    A column whose scaler the meter does not tell keeps its raw numbers, without a unit.

    Raises:
        ServiceError: The meter has no such profile.
        DecodeError: What it says of it is unsound.
    """
    kind = find_class(PROFILE_GENERIC)
    answers = yield from read_attributes(
        [
            AttributeReference(PROFILE_GENERIC, obis, number)
            for number in (CAPTURE_OBJECTS, CAPTURE_PERIOD)
        ],
        notebook,
    )
    captured, period = (
        kind.interpret(number, data_of(answer, obis).plain, policy)
        for number, answer in zip((CAPTURE_OBJECTS, CAPTURE_PERIOD), answers, strict=True)
    )
    scales = yield from _read_scales(captured, notebook)
    columns = tuple(
        Column(
            item.obis,
            item.class_id,
            item.attribute,
            item.data_index,
            None if scale is None else scale.scaler,
            None if scale is None else scale.unit,
        )
        for item, scale in zip(captured, scales, strict=True)
    )
    selective = Conformance.SELECTIVE_ACCESS in notebook.conformance
    return ProfileShape(obis, captured, RowLayout(columns, policy, period), selective)


def _read_scales(
    captured: tuple[CaptureObject, ...], notebook: Notebook
) -> Procedure[list[ScalerUnit | None]]:
    unknown: dict[CaptureObject, AttributeReference] = {}
    for column in captured:
        reference = maybe_scale_of(column)
        if reference is not None and _remembered(column, notebook) is None:
            unknown[column] = reference
    answers = yield from read_attributes(list(unknown.values()), notebook)
    told = {
        column: ScalerUnit.from_plain(answer.plain)
        for column, answer in zip(unknown, answers, strict=True)
        if isinstance(answer, Data)
    }
    for column, scale in told.items():
        if column.attribute == VALUE:
            reference = AttributeReference(column.class_id, column.obis, VALUE)
            notebook.objects[column.obis] = Known(reference, scale)
    return [told.get(column) or _remembered(column, notebook) for column in captured]


def _remembered(column: CaptureObject, notebook: Notebook) -> ScalerUnit | None:
    known = notebook.objects.get(column.obis)
    if (
        known is None
        or known.reference.class_id != column.class_id
        or maybe_scale_of(column) is None
    ):
        return None
    return known.scaler_unit


def rows(
    shape: ProfileShape, start: dt.datetime | None = None, end: dt.datetime | None = None
) -> Procedure[None]:
    """Emit lists of rows from ``start`` to ``end``, both included; all rows when neither is given.

    Raises:
        ConfigurationError: The profile has no column of time.
        ServiceError: The meter answered with an error.
        DecodeError: The buffer is unsound.
    """
    if start is None and end is None:
        yield from _take(shape, None, iter)
        return
    position = maybe_time_column(shape.captured)
    if position is None:
        raise ConfigurationError(
            f"profile {shape.obis} captures no time", hint="read it whole, or by entry"
        )
    first, last = start or OLDEST, end or NEWEST

    def choose(found: Iterable[Row]) -> Iterable[Row]:
        return (row for row in found if row.time is not None and first <= row.time <= last)

    if not shape.selective:
        yield from _take(shape, None, choose)
        return
    column = shape.captured[position]
    clock = yield from _local_clock(column, shape.layout.time_policy)
    bounds = (clock.from_aware(first), clock.from_aware(last))
    yield from _take(shape, RangeDescriptor.of_times(*bounds, column), iter)


def entries(shape: ProfileShape, first: int = 1, count: int | None = None) -> Procedure[None]:
    """Emit lists of ``count`` rows from the ``first`` on, counted from 1.

    Raises:
        ServiceError: The meter answered with an error.
        DecodeError: The buffer is unsound.
    """
    last = 0 if count is None else first + count - 1
    if shape.selective:
        yield from _take(shape, EntryDescriptor(first, last), iter)
        return
    numbers = iter(range(1, 2**32))

    def choose(found: Iterable[Row]) -> Iterable[Row]:
        numbered = zip(found, numbers, strict=False)
        return (row for row, n in numbered if n >= first and (not last or n <= last))

    yield from _take(shape, None, choose)


def _local_clock(column: CaptureObject, policy: TimePolicy) -> Procedure[TimePolicy]:
    """The policy with the meter's own zone: many meters compare a range by local time alone."""
    if policy.zone is not None:
        return policy
    answer = yield from read_attribute(
        AttributeReference(column.class_id, column.obis, column.attribute)
    )
    shown = policy.aware(policy.parse(answer.plain))
    return TimePolicy(shown.tzinfo, inverted_deviation=policy.inverted_deviation)


def _take(
    shape: ProfileShape, selection: RangeDescriptor | EntryDescriptor | None, choose: Choose
) -> Procedure[None]:
    """One GET of the buffer; its rows in lists, as the blocks arrive."""
    reference = AttributeReference(PROFILE_GENERIC, shape.obis, BUFFER, selection)
    stream = RowStream(shape.layout)
    block: Block = yield AskBlocks(GetRequestNormal(ANY_ID, reference))
    while True:
        found: list[Any] = list(choose(stream.feed(block.octets)))
        if found:
            yield Emit(found)
        if block.last:
            break
        block = yield More()
    stream.finish()
