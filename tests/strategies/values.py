"""Data values of every type, nested; quantities and descriptions of compact arrays."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import strategies as st
from strategies.times import date_times, dates, times

from dlmslite.values.compact_array import CompactArray, TypeDescription
from dlmslite.values.data import Data
from dlmslite.values.kinds import DELTA_TYPES, DONT_CARE, FIXED_FORMATS, BitString, DataType

_FLOATS = {DataType.FLOAT32: 32, DataType.FLOAT64: 64}


def _integers(kind: DataType) -> st.SearchStrategy[int]:
    code = FIXED_FORMATS[kind]
    bits = struct.calcsize(f">{code}") * 8
    if code.isupper():
        return st.integers(0, 2**bits - 1)
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


bit_strings = st.text("01", max_size=20).map(BitString)
# No lone surrogates: they stand for octets that are no UTF-8, which a tree refuses.
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)

LEAVES: dict[DataType, st.SearchStrategy[Any]] = {
    DataType.NULL_DATA: st.none(),
    DataType.DONT_CARE: st.just(DONT_CARE),
    DataType.BOOLEAN: st.booleans(),
    DataType.BIT_STRING: bit_strings,
    DataType.OCTET_STRING: st.binary(max_size=20) | st.binary(min_size=126, max_size=130),
    DataType.VISIBLE_STRING: st.text(st.characters(max_codepoint=255), max_size=10),
    DataType.UTF8_STRING: _texts,
    DataType.DATE_TIME: date_times(),
    DataType.DATE: dates(),
    DataType.TIME: times(),
    **{kind: st.floats(width=width) for kind, width in _FLOATS.items()},
    **{DataType(tag): _integers(DataType(tag)) for tag in FIXED_FORMATS if tag not in _FLOATS},
}
"""The plain values of each type that holds no others."""

_COUNTED = sorted(set(LEAVES) - {DataType.NULL_DATA, DataType.DONT_CARE})

descriptions = st.recursive(
    st.sampled_from(_COUNTED).map(TypeDescription),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(
            lambda members: TypeDescription(DataType.STRUCTURE, tuple(members))
        )
        | st.builds(
            lambda member, count: TypeDescription(DataType.ARRAY, (member,), count),
            inner,
            st.integers(1, 3),
        )
    ),
    max_leaves=4,
)
"""Type descriptions whose elements take at least one octet."""


def _elements(description: TypeDescription) -> st.SearchStrategy[Any]:
    if description.type == DataType.STRUCTURE:
        return st.tuples(*map(_elements, description.members))
    if description.type == DataType.ARRAY:
        (member,) = description.members
        return st.lists(_elements(member), min_size=description.count, max_size=description.count)
    return LEAVES[description.type]


compact_arrays = descriptions.flatmap(
    lambda description: st.builds(
        CompactArray, st.just(description), st.lists(_elements(description), max_size=4)
    )
)

leaf_data = st.sampled_from(sorted(LEAVES)).flatmap(
    lambda kind: LEAVES[kind].map(lambda value: Data.of(kind, value))
) | compact_arrays.map(lambda value: Data.of(DataType.COMPACT_ARRAY, value))

data_values = st.recursive(
    leaf_data,
    lambda inner: st.builds(
        Data.of, st.sampled_from([DataType.ARRAY, DataType.STRUCTURE]), st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)
"""Data of every type, nested."""

delta_types = st.sampled_from(sorted(DELTA_TYPES)).map(DataType)
scalers = st.integers(-128, 127)


@st.composite
def row_arrays(draw: st.DrawFn, max_runs: int = 4) -> Data:
    """Arrays of structures: runs of rows of one shape, a shape now and then changed."""
    kinds = draw(st.lists(st.sampled_from(sorted(LEAVES)), min_size=1, max_size=4))
    rows = []
    for _ in range(draw(st.integers(0, max_runs))):
        if draw(st.booleans()):
            kinds = [*kinds]
            kinds[draw(st.integers(0, len(kinds) - 1))] = draw(st.sampled_from(sorted(LEAVES)))
        row = [
            draw(LEAVES[kind].map(lambda value, kind=kind: Data.of(kind, value))) for kind in kinds
        ]
        run = draw(st.integers(1, 40))
        rows += [Data.of(DataType.STRUCTURE, row)] * run
    return Data.of(DataType.ARRAY, rows)
