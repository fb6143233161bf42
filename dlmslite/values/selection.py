"""Range and entry descriptors: which part of a profile's buffer is wanted.

In: bounds. Out: the selector and its parameters as Data, and back. IEC 62056-6-2, clause 4.3.6
(Profile generic, selective access to the buffer).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from attrs import field

from dlmslite.encoding.axdr import decode_length
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import CaptureObject
from dlmslite.values.times import CosemDateTime

CLOCK_TIME = CaptureObject(
    8, Obis.parse("0.0.1.0.0.255"), 2
)  # the column that time ranges restrict

FIELDS = 4  # of both structures
TO_THE_END = 0  # to_entry and to_column: no upper bound


def _columns(columns: Iterable[CaptureObject]) -> tuple[CaptureObject, ...]:
    return tuple(columns)


@frozen
class RangeDescriptor:
    """The rows whose value of one column lies between two bounds, both included.

    Attributes:
        restricting_object: The column, usually the clock's time.
        from_value: The lower bound, of the column's type.
        to_value: The upper bound.
        selected_values: The columns wanted; empty for all.
    """

    selector: ClassVar[int] = 1

    restricting_object: CaptureObject
    from_value: Data
    to_value: Data
    selected_values: tuple[CaptureObject, ...] = field(default=(), converter=_columns)

    @classmethod
    def of_times(
        cls,
        start: CosemDateTime,
        end: CosemDateTime,
        column: CaptureObject = CLOCK_TIME,
    ) -> Self:
        """The rows from ``start`` to ``end``, written as octet-strings as meters expect them."""
        return cls(
            column,
            Data.of(DataType.OCTET_STRING, start.encode()),
            Data.of(DataType.OCTET_STRING, end.encode()),
        )

    @classmethod
    def from_data(cls, parameters: Data) -> Self:
        """The other side's reading of the parameters.

        Raises:
            DecodeError: They are no range descriptor.
        """
        restricting, start, end, selected = _fields(parameters, "range")
        columns = selected.plain
        if not isinstance(columns, list):
            raise DecodeError("bad-selection", "range: the columns are no array", offset=0)
        return cls(
            CaptureObject.from_plain(restricting.plain),
            start,
            end,
            [CaptureObject.from_plain(column) for column in columns],
        )

    @property
    def parameters(self) -> Data:
        """The structure that goes with the selector."""
        columns = [column.to_data() for column in self.selected_values]
        return Data.of(
            DataType.STRUCTURE,
            [
                self.restricting_object.to_data(),
                self.from_value,
                self.to_value,
                Data.of(DataType.ARRAY, columns),
            ],
        )


@frozen
class EntryDescriptor:
    """The rows and columns between two numbers, both included and counted from 1.

    Attributes:
        from_entry: The first row.
        to_entry: The last row; 0 is to the end.
        from_column: The first column.
        to_column: The last column; 0 is to the end.
    """

    selector: ClassVar[int] = 2

    from_entry: int = 1
    to_entry: int = TO_THE_END
    from_column: int = 1
    to_column: int = TO_THE_END

    def __attrs_post_init__(self) -> None:
        if not (1 <= self.from_entry <= 0xFFFF_FFFF and 0 <= self.to_entry <= 0xFFFF_FFFF):
            raise EncodeError(f"entries {self.from_entry} to {self.to_entry}: they count from 1")
        if not (1 <= self.from_column <= 0xFFFF and 0 <= self.to_column <= 0xFFFF):
            raise EncodeError(f"columns {self.from_column} to {self.to_column}: they count from 1")

    @classmethod
    def from_data(cls, parameters: Data) -> Self:
        """The other side's reading of the parameters.

        Raises:
            DecodeError: They are no entry descriptor.
        """
        numbers = [element.plain for element in _fields(parameters, "entries")]
        if not all(isinstance(number, int) for number in numbers):
            raise DecodeError("bad-selection", "entries: a bound is no number", offset=0)
        try:
            return cls(*numbers)
        except EncodeError as error:
            raise DecodeError("bad-selection", str(error), offset=0) from error

    @property
    def parameters(self) -> Data:
        """The structure that goes with the selector."""
        return Data.of(
            DataType.STRUCTURE,
            [
                Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.from_entry),
                Data.of(DataType.DOUBLE_LONG_UNSIGNED, self.to_entry),
                Data.of(DataType.LONG_UNSIGNED, self.from_column),
                Data.of(DataType.LONG_UNSIGNED, self.to_column),
            ],
        )


def _fields(parameters: Data, what: str) -> list[Data]:
    """The four elements of either structure, each with its type."""
    if parameters.type != DataType.STRUCTURE or len(parameters.plain) != FIELDS:
        raise DecodeError("bad-selection", f"{what}: no structure of {FIELDS}", offset=0)
    _, offset = decode_length(parameters.octets, 1)
    elements = []
    for _ in range(FIELDS):
        element, offset = Data.decode_from(parameters.octets, offset)
        elements.append(element)
    return elements
