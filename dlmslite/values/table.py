"""What the rows of a load profile mean: columns, times, quantities, and what a null stands for.

In: the buffer of a profile (interface class Profile generic, IEC 62056-6-2 clause 4.3.6), whole or
in pieces, and its captured columns. Out: ``Row`` objects whose times and quantities are made when
they are looked at, or whole columns of plain numbers.

A meter may leave out what did not change: null repeats the value of the row before in the same
column (D14), a null timestamp is the one before plus the capture period, counted in UTC (D22), and
a delta is added to the value before (D13). In the first row there is nothing before: null is null,
and a delta is refused. dont-care is a value like others (D15).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Final

from attrs import field

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values.day_clock import DayClock
from dlmslite.values.kinds import Delta, Float32
from dlmslite.values.obis import Obis
from dlmslite.values.quantity import Quantity
from dlmslite.values.rows import Batch, RowDecoder
from dlmslite.values.time_policy import TimePolicy
from dlmslite.values.units import FACTORS, Unit, multiply, scale

CLOCK_CLASS = 8  # interface class Clock; its attribute 2 is the time

_NUMBERS: Final = frozenset({int, float, Float32})  # what a scaler is for; no bool, no enum (D23)
_Cell = tuple[int, int | None, Unit | None]  # a column: its index, scaler and unit

Key = str | Obis | tuple[str | Obis, int] | tuple[str | Obis, int, int]
"""A column: its OBIS code, where that is not enough its attribute, and its data index."""


@frozen
class Column:
    """One capture object.

    Attributes:
        obis: The logical name of the captured object.
        class_id: Its interface class.
        attribute: The captured attribute.
        data_index: Which part of it; 0 is the whole (D20).
        scaler: Power of ten of its numbers; None for values that have none (D23).
        unit: Their physical unit.
    """

    obis: Obis
    class_id: int = 0
    attribute: int = 2
    data_index: int = 0
    scaler: int | None = None
    unit: Unit | None = None

    def __attrs_post_init__(self) -> None:
        if self.scaler is not None and self.scaler not in FACTORS:
            raise EncodeError(f"{self.scaler} is no scaler: it is a signed octet")

    @property
    def is_clock(self) -> bool:
        """Whether it holds the timestamp of the row."""
        return self.class_id == CLOCK_CLASS and self.attribute == 2

    def names(self) -> list[Key]:
        """Every key that means this column, as long as no other has it."""
        return [
            key
            for name in (self.obis, str(self.obis))
            for key in (
                name,
                (name, self.attribute),
                (name, self.attribute, self.data_index),
            )
        ]


def _as_tuple(columns: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(columns)


@frozen
class RowLayout:
    """What every row of one profile has in common.

    Attributes:
        columns: The captured columns in order.
        time_policy: How the meter's clock maps to UTC.
        capture_period: Seconds between rows; 0 for rows that events cause (D21).
        clock: Which column is the timestamp; None if none is (D21).
    """

    columns: tuple[Column, ...] = field(converter=_as_tuple)
    time_policy: TimePolicy = field(factory=TimePolicy)
    capture_period: int = 0
    clock: int | None = field(init=False, eq=False)
    # What `Row.time` and `row[key]` need, in as few steps as there can be.
    _time_index: int = field(init=False, eq=False, repr=False)
    _time_of: Callable[[Any], dt.datetime | None] = field(init=False, eq=False, repr=False)
    _cells: dict[Key, _Cell] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        clocks = [index for index, column in enumerate(self.columns) if column.is_clock]
        cells: dict[Key, _Cell] = {}
        names = Counter(key for column in self.columns for key in column.names())
        for index, column in enumerate(self.columns):
            cell = index, column.scaler, column.unit
            cells.update({key: cell for key in column.names() if names[key] == 1})
        object.__setattr__(self, "clock", clocks[0] if clocks else None)
        object.__setattr__(self, "_time_index", clocks[0] if clocks else 0)
        time_of = DayClock(self.time_policy).aware if clocks else _no_time
        object.__setattr__(self, "_time_of", time_of)
        object.__setattr__(self, "_cells", cells)

    def _find(self, key: Key) -> _Cell:
        """The column that a key means, in whichever form its name is.

        Raises:
            KeyError: None, or more than one.
            EncodeError: The text is no OBIS code.
        """
        name, *rest = key if isinstance(key, tuple) else (key,)
        obis = Obis.parse(name)
        key = (obis, *rest) if rest else obis  # type: ignore[assignment] # a Key again
        if key in self._cells:
            return self._cells[key]
        if any(key in column.names() for column in self.columns):
            raise KeyError(f"{key!r} means several columns; add the attribute, or the data index")
        raise KeyError(f"{key!r} is no column of this profile")

    def decode(self, octets: bytes) -> list[Row]:
        """The rows of a whole buffer.

        Raises:
            DecodeError: The octets are no such array.
        """
        stream = RowStream(self)
        rows = stream.feed(octets)
        stream.finish()
        return rows

    def decode_columns(self, octets: bytes) -> tuple[list[Any], ...]:
        """A whole buffer as columns: aware times, exact Decimals, plain values for the rest.

        Raises:
            DecodeError: The octets are no such array, or a timestamp names no instant.
        """
        stream = RowStream(self)
        columns: tuple[list[Any], ...] = tuple([] for _ in self.columns)
        for batch, rows in stream.batches(octets):
            if batch.complete:
                for index, values in enumerate(zip(*batch.rows, strict=True)):
                    columns[index].extend(self._scaled(index, values))
            else:
                for index, column in enumerate(columns):
                    column.extend(row.number(index) for row in rows)
        stream.finish()
        return columns

    def _scaled(self, index: int, values: Sequence[Any]) -> Sequence[Any]:
        """A column of rows of one shape, so that its first value tells the type of all."""
        if index == self.clock:
            return list(map(self._time_of, values))
        scaler = self.columns[index].scaler
        if scaler is None or type(values[0]) not in _NUMBERS:
            return values
        if type(values[0]) is int:
            return list(map(multiply, values, repeat(FACTORS[scaler])))
        return [scale(value, scaler) for value in values]


class Row:
    """One row of a profile; times and quantities are made when they are looked at.

    A plain class: a profile makes thousands of them, and attrs takes thrice as long to fill one.

    Attributes:
        values: The plain values, nulls repeated and deltas added; a timestamp that was left out is
            None here, see ``time``.
    """

    __slots__ = ("_layout", "values")

    def __init__(self, layout: RowLayout, values: tuple[Any, ...]) -> None:
        self._layout = layout
        self.values = values

    @property
    def raw(self) -> tuple[Any, ...]:
        """The values as they came."""
        return self.values

    @property
    def time(self) -> dt.datetime | None:
        """The aware timestamp; None without a clock column, or where it is null.

        Raises:
            DecodeError: The clock column names no instant.
            ConfigurationError: It has no deviation, and the time policy has no zone.
        """
        layout = self._layout
        return layout._time_of(self.values[layout._time_index])  # noqa: SLF001 - two halves of one thing

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, in the order of ``raw``, ``values`` and of iteration."""
        return self._layout.columns

    def __getitem__(self, key: Key) -> Any:
        """A column's quantity; the aware time of the clock; the plain value of any other.

        Raises:
            KeyError: No column is called so, or several are.
        """
        layout = self._layout
        try:
            index, scaler, unit = layout._cells[key]  # noqa: SLF001 - two halves of one thing
        except KeyError:
            index, scaler, unit = layout._find(key)  # noqa: SLF001 - the same
        value = self.values[index]
        if scaler is not None and type(value) in _NUMBERS:
            return Quantity(value, scaler, unit)
        return self.time if index == layout.clock else value

    def cell(self, index: int) -> Any:
        """What ``row[key]`` is, by the column's place."""
        column = self._layout.columns[index]
        value = self.values[index]
        if column.scaler is not None and type(value) in _NUMBERS:
            return Quantity(value, column.scaler, column.unit)
        return self.time if index == self._layout.clock else value

    def number(self, index: int) -> Any:
        """The same, a quantity as its exact Decimal alone."""
        cell = self.cell(index)
        return cell.value if isinstance(cell, Quantity) else cell

    def __iter__(self) -> Iterator[Any]:
        return map(self.cell, range(len(self.values)))

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Row({', '.join(map(repr, self))})"


class _LeaningRow(Row):
    """A row that leaves out what the row before says."""

    __slots__ = ("_raw", "_time")

    def __init__(
        self,
        layout: RowLayout,
        values: tuple[Any, ...],
        raw: tuple[Any, ...],
        time: dt.datetime | None,
    ) -> None:
        super().__init__(layout, values)
        self._raw = raw
        self._time = time

    @property
    def raw(self) -> tuple[Any, ...]:
        return self._raw

    @property
    def time(self) -> dt.datetime | None:
        return super().time if self._time is None else self._time


class RowStream:
    """The rows of one buffer, as its octets arrive, in constant memory."""

    def __init__(self, layout: RowLayout) -> None:
        self._layout = layout
        self._decoder = RowDecoder()
        self._previous: Row | None = None

    @property
    def remaining(self) -> int | None:
        """Rows still to come; None before the head of the array was there."""
        return self._decoder.remaining

    def feed(self, octets: bytes) -> list[Row]:
        """Take the next octets of the array; give the rows that they complete.

        Raises:
            DecodeError: They are no array of rows with these columns.
        """
        rows: list[Row] = []
        for batch, resolved in self.batches(octets):
            if batch.complete:
                rows += map(Row, repeat(self._layout), batch.rows)
            else:
                rows += resolved
        return rows

    def batches(self, octets: bytes) -> Iterator[tuple[Batch, list[Row]]]:
        """The same, by the batches of the decoder.

        A batch that is complete comes without row objects: its values stand as they are.

        Raises:
            DecodeError: They are no array of rows with these columns.
        """
        for batch in self._decoder.feed(octets):
            resolved: list[Row] = []
            if batch.complete:
                self._check_width(batch.rows[0])
                self._previous = Row(self._layout, batch.rows[-1])
            else:
                for raw in batch.rows:
                    self._check_width(raw)
                    self._previous = self._resolve(raw, self._previous)
                    resolved.append(self._previous)
            yield batch, resolved

    def finish(self) -> None:
        """Say that no more octets come.

        Raises:
            DecodeError: ``truncated``: rows are missing.
        """
        self._decoder.finish()

    def _check_width(self, raw: tuple[Any, ...]) -> None:
        if len(raw) != len(self._layout.columns):
            raise DecodeError(
                "bad-row",
                f"a row of {len(raw)} values in a profile of {len(self._layout.columns)} columns",
            )

    def _resolve(self, raw: tuple[Any, ...], previous: Row | None) -> Row:
        """A row with what the row before says put in for nulls and deltas."""
        values = list(raw)
        time = None
        for index, value in enumerate(raw):
            if value is None and previous is not None:
                if index == self._layout.clock:
                    time = self._next_time(previous)
                else:
                    values[index] = previous.values[index]
            elif isinstance(value, Delta):
                base = previous.values[index] if previous is not None else None
                if not isinstance(base, int):
                    raise DecodeError("bad-delta", f"column {index} has no number to add to")
                values[index] = base + value
        return _LeaningRow(self._layout, tuple(values), raw, time)

    def _next_time(self, previous: Row) -> dt.datetime | None:
        time = previous.time
        if time is None:
            return None
        # In UTC: the local clock may jump between the two.
        step = dt.timedelta(seconds=self._layout.capture_period)
        return (time.astimezone(dt.UTC) + step).astimezone(time.tzinfo)


def _no_time(_value: Any) -> None:
    """The timestamp of a row without a clock."""
