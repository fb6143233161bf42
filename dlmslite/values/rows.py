"""Arrays of same-shaped structures decoded by one compiled layout: the load-profile fast path.

In: the octets of an array of structures, in pieces cut anywhere. Out: its rows as raw tuples. The
rows of a load profile differ in their numbers, hardly ever in their types. So the first row is
compiled into a ``struct.Struct`` and the places of its tags; one strided slice compares a tag
through hundreds of rows, and ``iter_unpack`` reads them. A row that does not fit goes through the
loop of ``data.py`` with the same result (a property test holds the two equal).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from typing import Any

from dlmslite.encoding.axdr import decode_length
from dlmslite.errors import DecodeError
from dlmslite.records import frozen
from dlmslite.values.data import KINDS, decode_plain
from dlmslite.values.extent import Extent
from dlmslite.values.kinds import DELTA_TYPES, FIXED_FORMATS, DataType

ROW_OCTETS_MAX = 0x3FFFF  # of one row; bounds what is kept of a stream that never ends a row (D16)

WINDOW_MIN = 16  # rows compared at once after one that did not fit
WINDOW_MAX = 4096  # and after many that did
PATIENCE_MIN = 2  # rows through the loop before the shape is given up, after it fitted
PATIENCE_MAX = 1024  # and after shapes that did not

Row = tuple[Any, ...]
"""The plain values of one row."""


@frozen
class Batch:
    """Rows that came out together.

    Attributes:
        rows: The plain values of each row.
        complete: No value of them is null or a difference, so none looks at the row before it.
    """

    rows: list[Row]
    complete: bool


class RowDecoder:
    """The rows of one array, as its octets arrive. Keeps no more of them than one unfinished row.

    Attributes:
        remaining: Rows that are still to come; None before the head of the array was there.
    """

    def __init__(self) -> None:
        self.remaining: int | None = None
        self._buffer = bytearray()
        self._start = 0  # offset of the buffer in the whole input
        self._extent = Extent()
        self._shape: _Shape | None = None
        self._window = WINDOW_MIN
        self._misfits = 0  # rows in succession that did not fit the shape
        self._patience = 1

    def feed(self, octets: bytes) -> list[Batch]:
        """Take the next octets; give the rows that they complete.

        Raises:
            DecodeError: They are no array of structures; the offset is one of the whole input.
        """
        self._buffer += octets
        try:
            return self._decode()
        except DecodeError as error:
            raise DecodeError(
                error.code, error.message, offset=self._start + error.offset
            ) from error

    def finish(self) -> None:
        """Say that no more octets come.

        Raises:
            DecodeError: ``truncated``: rows are missing.
        """
        if self.remaining != 0:
            raise DecodeError(
                "truncated",
                f"the array ends {self.remaining or 'all its'} rows early",
                offset=self._start + len(self._buffer),
            )

    def _decode(self) -> list[Batch]:
        if self.remaining is None and not self._read_head():
            return []
        batches: list[Batch] = []
        if self.remaining and self._extent.reached(self._buffer):
            self._extent = Extent()
            end = self._decode_rows(bytes(self._buffer), batches)
            self._start += end
            del self._buffer[:end]
        if self._buffer and not self.remaining:
            raise DecodeError("trailing-bytes", f"{len(self._buffer)} octets behind the array")
        if len(self._buffer) > ROW_OCTETS_MAX:
            raise DecodeError("too-long", f"a row of more than {ROW_OCTETS_MAX} octets")
        return batches

    def _decode_rows(self, octets: bytes, batches: list[Batch]) -> int:
        """As many rows as are there; the offset behind the last one."""
        offset = 0
        while self.remaining:
            if self._shape is not None:
                offset = self._decode_window(self._shape, octets, offset, batches)
            if not self.remaining or offset == len(octets):
                break
            end = self._decode_row(octets, offset, batches)
            if end is None:
                break
            offset = end
        return offset

    def _read_head(self) -> bool:
        """Take the tag and the count of the array; False while they are not there."""
        if self._buffer and self._buffer[0] != DataType.ARRAY:
            raise DecodeError("bad-type", f"tag {self._buffer[0]:02X} begins no array")
        try:
            self.remaining, end = decode_length(bytes(self._buffer[:6]), 1)
        except DecodeError as error:
            if error.code != "truncated":
                raise
            return False
        del self._buffer[:end]
        self._start = end
        return True

    def _decode_window(
        self, shape: _Shape, octets: bytes, offset: int, batches: list[Batch]
    ) -> int:
        """Rows by the compiled shape, as long as they fit; the offset behind the last one."""
        remaining = self.remaining or 0
        while count := min(remaining, self._window, (len(octets) - offset) // shape.size):
            fitting = shape.fitting(octets, offset, count)
            if fitting:
                batches.append(Batch(shape.unpack(octets, offset, fitting), shape.complete))
                offset += fitting * shape.size
                remaining -= fitting
                self._misfits = 0
            if fitting < count:
                self._window = WINDOW_MIN
                break
            self._window = min(2 * self._window, WINDOW_MAX)
            self._patience = PATIENCE_MIN
        self.remaining = remaining
        return offset

    def _decode_row(self, octets: bytes, offset: int, batches: list[Batch]) -> int | None:
        """One row by the loop, and the offset behind it; None where it is not all there yet."""
        try:
            row, end = decode_plain(octets, offset)
        except DecodeError as error:
            if error.code != "truncated" or self._extent.reached(octets[offset:]):
                raise
            return None
        if not isinstance(row, tuple):
            raise DecodeError("bad-row", "a row is no structure", offset=offset)
        if end - offset > ROW_OCTETS_MAX:
            raise DecodeError("too-long", f"a row of {end - offset} octets", offset=offset)
        if batches and not batches[-1].complete:
            batches[-1].rows.append(row)
        else:
            batches.append(Batch([row], complete=False))
        self.remaining = (self.remaining or 0) - 1
        self._misfits += 1
        if self._misfits >= self._patience:
            self._shape = _Shape.maybe_of(octets[offset:end])
            self._misfits = 0
            self._patience = min(2 * self._patience, PATIENCE_MAX)
        return end


def decode_rows(octets: bytes) -> list[Row]:
    """The plain rows of a whole array.

    Raises:
        DecodeError: They are no array of structures, or not a whole one.
    """
    decoder = RowDecoder()
    batches = decoder.feed(octets)
    decoder.finish()
    return list(chain.from_iterable(batch.rows for batch in batches))


@frozen
class _Shape:
    """The layout that rows of the same types and lengths share.

    Attributes:
        layout: Unpacks the numbers and octet-strings of one row, tags skipped.
        marks: The octets that are the same in each such row: tags, counts and lengths.
        kinds: For each column what stands around the unpacked value; None for nothing,
            ``_NULL`` for a column that has none.
        complete: Neither null nor a difference is among the columns.
    """

    layout: struct.Struct
    marks: tuple[tuple[int, bytes], ...]
    kinds: tuple[Any, ...]
    complete: bool

    @property
    def size(self) -> int:
        """Octets of a row."""
        return self.layout.size

    @classmethod
    def maybe_of(cls, row: bytes) -> _Shape | None:
        """The shape of a sound row; None if one of its columns has no fixed layout."""
        if row[1] >= 0x80:
            return None
        layout = ">xx"
        marks = {0: row[:1], 1: row[1:2]}
        kinds: list[Any] = []
        complete = True
        offset = 2
        for _ in range(row[1]):
            tag = row[offset]
            marks[offset] = row[offset : offset + 1]
            size = row[offset + 1] if tag in _STRINGS else 0
            if tag in _STRINGS and size < 0x80:
                marks[offset + 1] = row[offset + 1 : offset + 2]
                code = f"xx{size}s"
            elif tag in _FORMATS:
                code = "x" + _FORMATS[tag]
            else:
                return None
            layout += code
            offset += struct.calcsize(f">{code}")
            kinds.append(_KINDS.get(tag))
            complete = complete and tag != DataType.NULL_DATA and tag not in DELTA_TYPES
        return cls(struct.Struct(layout), tuple(marks.items()), tuple(kinds), complete)

    def fitting(self, octets: bytes, offset: int, count: int) -> int:
        """How many of ``count`` rows from ``offset`` on have this shape."""
        end = offset + count * self.size
        for position, mark in self.marks:
            # What is left of a column when its mark is stripped begins with the first misfit.
            misfits = octets[offset + position : end : self.size].lstrip(mark)
            if misfits:
                count -= len(misfits)
                end = offset + count * self.size
        return count

    def unpack(self, octets: bytes, offset: int, count: int) -> list[Row]:
        """``count`` rows that fit."""
        rows = list(
            self.layout.iter_unpack(memoryview(octets)[offset : offset + count * self.size])
        )
        if not any(self.kinds):
            return rows
        unpacked = iter(zip(*rows, strict=True))
        columns = [
            repeat(None, count) if kind is _NULL else _wrapped(kind, next(unpacked))
            for kind in self.kinds
        ]
        return list(zip(*columns, strict=True))


def _wrapped(kind: Callable[[Any], Any] | None, column: Row) -> Iterable[Any]:
    return column if kind is None else map(kind, column)


def _latin(octets: bytes) -> str:
    return octets.decode("latin-1")


_NULL = object()  # the kind of a column that has no value

_STRINGS = frozenset({DataType.OCTET_STRING, DataType.VISIBLE_STRING})
_FORMATS = {**FIXED_FORMATS, DataType.BOOLEAN: "?", DataType.NULL_DATA: ""}
_KINDS = {**KINDS, DataType.VISIBLE_STRING: _latin, DataType.NULL_DATA: _NULL}
