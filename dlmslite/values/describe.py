"""A typed value in words: the names of the standard and values that JSON can hold.

What ``dlmslite decode --json`` prints for Data. Octets are hexadecimal text, bits a text of 0 and
1, floats carry their octets, NaN and the infinities are texts, points in time are their octets.
"""

from __future__ import annotations

import math
from typing import Any

from dlmslite.values.compact_array import CompactArray, TypeDescription
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType, TypedValue


def describe(value: Data | TypedValue) -> dict[str, Any]:
    """``{"type": …, "value": …}`` of a value and all its elements.

    Raises:
        DecodeError: ``bad-utf8``: a utf8-string in it is no UTF-8.
    """
    tree = value.tree() if isinstance(value, Data) else value
    kind, plain = tree.type, tree.value
    named: dict[str, Any] = {"type": kind.label}
    if kind in {DataType.FLOAT32, DataType.FLOAT64}:
        raw = tree.raw or Data.of(kind, plain).octets[1:]
        return named | {"value": _number_or_text(plain), "raw": raw.hex()}
    if isinstance(plain, CompactArray):
        named["description"] = _describe_type(plain.description)
        elements = [_typed(plain.description, element) for element in plain.elements]
        return named | {"value": [describe(element) for element in elements]}
    if kind in {DataType.ARRAY, DataType.STRUCTURE}:
        return named | {"value": [describe(element) for element in plain]}
    return named | {"value": _leaf(kind, plain)}


def _leaf(kind: DataType, plain: Any) -> Any:
    if kind == DataType.OCTET_STRING:
        return plain.hex()
    if kind == DataType.BIT_STRING:
        return plain.bits
    if kind in {DataType.DATE_TIME, DataType.DATE, DataType.TIME}:
        return plain.encode().hex()
    if kind in {DataType.NULL_DATA, DataType.DONT_CARE}:
        return None
    # The kinds of integer are numbers to JSON, without their names.
    return int(plain) if isinstance(plain, int) and not isinstance(plain, bool) else plain


def _number_or_text(number: float) -> float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return float(number)


def _describe_type(description: TypeDescription) -> Any:
    members = [_describe_type(member) for member in description.members]
    if description.type == DataType.STRUCTURE:
        return {"structure": members}
    if description.type == DataType.ARRAY:
        return {"array": description.count, "of": members[0]}
    return description.type.label


def _typed(description: TypeDescription, plain: Any) -> TypedValue:
    """An element of a compact array with the types that its description gives."""
    if description.type == DataType.STRUCTURE:
        return TypedValue(description.type, tuple(map(_typed, description.members, plain)))
    if description.type == DataType.ARRAY:
        return TypedValue(
            description.type, tuple(_typed(description.members[0], element) for element in plain)
        )
    return TypedValue(description.type, plain)
