"""Type descriptions and compact arrays: the type is told once, the elements come without tags.

IEC 62056-5-3 clause 9.5, ``compact-array``: a description, then the length of the contents in
octets, then the contents. An element's own octets are decoded by whoever calls: ``data.py`` imports
this module, so this one takes the decoder of a value without its tag as an argument.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any, Self

import construct
from attrs import field

from dlmslite.encoding import axdr, codec
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values.kinds import FIXED_FORMATS, TIME_OCTETS, DataType

DEPTH_MAX = 32  # levels of nesting; real ones have four, hostile octets as many as they can (D16)

# null-data takes no octets inside a compact array, so nine octets could ask for 65,535 of them for
# ever: there may be this many elements for each octet, a structure of nulls and one value (D16).
ELEMENTS_FOR_EACH_OCTET = 256

# The least octets that a value of each type takes; a string has at least its length.
_OCTETS_MIN: dict[int, int] = {
    DataType.NULL_DATA: 0,
    DataType.DONT_CARE: 0,
    DataType.BOOLEAN: 1,
    DataType.BIT_STRING: 1,
    DataType.OCTET_STRING: 1,
    DataType.VISIBLE_STRING: 1,
    DataType.UTF8_STRING: 1,
    **{tag: struct.calcsize(f">{code}") for tag, code in FIXED_FORMATS.items()},
    **TIME_OCTETS,
}

_MEMBER = construct.LazyBound(lambda: _DESCRIPTION)
_DESCRIPTION: Any = axdr.choice(
    {
        DataType.ARRAY: construct.Sequence(construct.Int16ub, _MEMBER),
        DataType.STRUCTURE: axdr.sequence_of(_MEMBER),
        **dict.fromkeys(_OCTETS_MIN, construct.Pass),
    },
    code="bad-type-description",
)
WIRE = construct.Struct("description" / _DESCRIPTION, "contents" / axdr.OCTETS)
"""A compact array behind its tag; what the contents are, the description says."""

DecodeContent = Callable[[int, bytes, int], tuple[Any, int]]
"""Decodes the value of a tag from an offset on; gives it and the offset behind it."""

EncodeContent = Callable[[DataType, Any], bytes]
"""Encodes a plain value of a type, without its tag."""


@frozen
class TypeDescription:
    """The type of every element of a compact array.

    Attributes:
        type: The tag; a compact array cannot hold another.
        members: What a structure consists of; of an array the one type of its elements.
        count: How many elements an array has.
        nodes: Values in one element, itself and every array and structure in it counted.
        octets_min: The least octets that one element takes.
    """

    type: DataType
    members: tuple[TypeDescription, ...] = ()
    count: int = 0
    nodes: int = field(init=False, eq=False, repr=False)
    octets_min: int = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.type == DataType.ARRAY:
            (member,) = self.members
            nodes, octets_min = 1 + self.count * member.nodes, self.count * member.octets_min
        elif self.type == DataType.STRUCTURE:
            nodes = 1 + sum(member.nodes for member in self.members)
            octets_min = sum(member.octets_min for member in self.members)
        elif self.type in _OCTETS_MIN:
            nodes, octets_min = 1, _OCTETS_MIN[self.type]
        else:
            raise EncodeError(f"a compact array cannot hold {self.type.label}")
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "octets_min", octets_min)

    @classmethod
    def of_wire(cls, wire: tuple[int, Any], depth: int = 0) -> Self:
        """The description that the declaration read: a tag and what belongs to it.

        Raises:
            DecodeError: ``too-deep``.
        """
        if depth > DEPTH_MAX:
            raise DecodeError("too-deep", f"a type of more than {DEPTH_MAX} levels")
        tag, inner = wire
        if tag == DataType.ARRAY:
            count, member = inner
            return cls(DataType.ARRAY, (cls.of_wire(member, depth + 1),), count)
        if tag == DataType.STRUCTURE:
            members = tuple(cls.of_wire(member, depth + 1) for member in inner)
            return cls(DataType.STRUCTURE, members)
        return cls(DataType(tag))

    def to_wire(self) -> tuple[int, Any]:
        """What the declaration writes."""
        members = [member.to_wire() for member in self.members]
        if self.type == DataType.ARRAY:
            return self.type, [self.count, members[0]]
        return self.type, members if self.type == DataType.STRUCTURE else None


def _as_tuple(elements: Iterable[Any]) -> tuple[Any, ...]:
    # attrs asks a converter for its signature; that of the built-in is text, and slow to parse.
    return tuple(elements)


@frozen
class CompactArray:
    """The plain form of a compact array.

    Attributes:
        description: The type of every element.
        elements: The elements in their plain form: ``of_wire`` and ``decode_from`` put in them what
            their caller's decoder makes.
    """

    description: TypeDescription
    elements: tuple[Any, ...] = field(converter=_as_tuple)


def decode_from(octets: bytes, offset: int, content: DecodeContent) -> tuple[CompactArray, int]:
    """The compact array at ``offset``, behind its tag, and the offset behind it.

    Raises:
        DecodeError: ``bad-type-description``, ``truncated``, ``bad-length``, ``too-deep``, or what
            ``content`` refuses.
    """
    wire, end = codec.parse_from(WIRE, octets, offset, what="compact-array")
    # Cut at the end only, so that every offset is one of the whole input.
    return _unpack(wire, octets[:end], end - len(wire.contents), content), end


def encode(array: CompactArray, content: EncodeContent) -> bytes:
    """The octets of a compact array behind its tag.

    Raises:
        EncodeError: An element does not fit the description.
    """
    return codec.build(WIRE, to_wire(array, content), what="compact-array")


def of_wire(wire: Any, content: DecodeContent) -> CompactArray:
    """The compact array that ``WIRE`` read.

    Raises:
        DecodeError: As ``decode_from``; offsets are those of the contents.
    """
    return _unpack(wire, wire.contents, 0, content)


def to_wire(array: CompactArray, content: EncodeContent) -> dict[str, Any]:
    """What ``WIRE`` writes.

    Raises:
        EncodeError: An element does not fit the description.
    """
    contents = b"".join(
        _encode_element(array.description, element, content) for element in array.elements
    )
    return {"description": array.description.to_wire(), "contents": contents}


def _unpack(wire: Any, octets: bytes, start: int, content: DecodeContent) -> CompactArray:
    description = TypeDescription.of_wire(wire.description)
    if start < len(octets) and description.nodes > (
        ELEMENTS_FOR_EACH_OCTET * description.octets_min
    ):
        raise DecodeError(
            "bad-type-description", "elements that take next to no octets", offset=start
        )
    elements = []
    while start < len(octets):
        element, start = _decode_element(description, octets, start, content)
        elements.append(element)
    return CompactArray(description, tuple(elements))


def _decode_element(
    description: TypeDescription, octets: bytes, offset: int, content: DecodeContent
) -> tuple[Any, int]:
    if description.type == DataType.ARRAY:
        members = description.members * description.count
    elif description.type == DataType.STRUCTURE:
        members = description.members
    else:
        return content(description.type, octets, offset)
    elements = []
    for member in members:
        element, offset = _decode_element(member, octets, offset, content)
        elements.append(element)
    return elements if description.type == DataType.ARRAY else tuple(elements), offset


def _encode_element(description: TypeDescription, value: Any, content: EncodeContent) -> bytes:
    if description.type == DataType.ARRAY:
        members = description.members * description.count
    elif description.type == DataType.STRUCTURE:
        members = description.members
    else:
        return content(description.type, value)
    if not isinstance(value, list | tuple) or len(value) != len(members):
        raise EncodeError(f"{value!r} is no {description.type.label} of {len(members)} elements")
    return b"".join(map(_encode_element, members, value, [content] * len(members)))
