"""The Data choice and its plain Python form, both ways: the hot decoder, hand-written.

In: the octets of one value, tag first. Out: its plain Python form at once (``decode_plain``, which
runs for every octet that a meter sends), or a frozen ``Data`` that keeps the octets and can also
name the type of every element. IEC 62056-5-3 clause 9.5, ``Data``; the encoding is A-XDR.

========================= ==========================  =========================== =============
type                      plain form                  type                        plain form
========================= ==========================  =========================== =============
null-data                 None                        bit-string                  BitString
array, structure          list, tuple                 enum, bcd                   Enum, Bcd
boolean                   bool                        float32, float64            Float32, float
all other integers        int                         date-time, date, time       CosemDateTime …
octet-string              bytes                       delta-…                     Delta
visible-, utf8-string     str                         compact-array               CompactArray
dont-care                 DONT_CARE
========================= ==========================  =========================== =============
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Self

import construct
from attrs import field

from dlmslite.encoding import axdr, codec
from dlmslite.encoding.axdr import decode_length, encode_length
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import frozen
from dlmslite.values import compact_array
from dlmslite.values.compact_array import DEPTH_MAX
from dlmslite.values.kinds import (
    DELTA_TYPES,
    DONT_CARE,
    FIXED_FORMATS,
    TIME_OCTETS,
    Bcd,
    BitString,
    DataType,
    Delta,
    Enum,
    Float32,
    TypedValue,
)
from dlmslite.values.times import CosemDate, CosemDateTime, CosemTime

_STRUCTS = {tag: struct.Struct(f">{code}") for tag, code in FIXED_FORMATS.items()}
# The numbers that Python's own int and float hold, by tag: the unpacker and the octets of tag and
# value. The hot loop asks this first.
_FIXED: list[tuple[Callable[[bytes, int], tuple[Any]], int] | None] = [None] * 256
KINDS: dict[int, Callable[[Any], Any]] = {
    DataType.ENUM: [Enum(code) for code in range(256)].__getitem__,
    DataType.BCD: [Bcd(octet) for octet in range(256)].__getitem__,
    DataType.FLOAT32: Float32,
    **{tag: partial(Delta, type=DataType(tag)) for tag in DELTA_TYPES},
}
"""What stands around the numbers of fixed width whose kind Python's int and float do not tell."""

for _tag, _struct in _STRUCTS.items():
    if _tag not in KINDS:
        _FIXED[_tag] = _struct.unpack_from, _struct.size + 1
_TIMES: dict[int, Any] = {
    DataType.DATE_TIME: CosemDateTime,
    DataType.DATE: CosemDate,
    DataType.TIME: CosemTime,
}
_ENCODINGS = {DataType.VISIBLE_STRING: "latin-1", DataType.UTF8_STRING: "utf-8"}

_NULL, _ARRAY, _STRUCTURE, _OCTET_STRING = 0, 1, 2, 9  # tags, as constants of the hot loop


def decode_plain(octets: bytes, offset: int = 0) -> tuple[Any, int]:
    """The plain form of the value at ``offset``, and the offset behind it.

    A utf8-string that is no UTF-8 does not raise here: its octets survive as lone surrogates, and
    ``Data.tree`` refuses it.

    Raises:
        DecodeError: ``truncated``, ``unknown-type``, ``bad-length``, ``bad-datetime``,
            ``bad-type-description`` or ``too-deep``, with the offset.
    """
    values, end = _decode_elements(bytes(octets), offset, 1, 0)
    return values[0], end


def _decode_elements(octets: bytes, offset: int, count: int, depth: int) -> tuple[list[Any], int]:
    """``count`` tagged values from ``offset`` on; the loop that everything goes through."""
    if depth > DEPTH_MAX:
        raise DecodeError("too-deep", f"nested more than {DEPTH_MAX} levels", offset=offset)
    if count > len(octets) - offset:
        # Each element takes an octet: no count can make us promise memory that was not sent.
        raise DecodeError("truncated", f"{count} elements announced", offset=offset)
    values: list[Any] = []
    append = values.append
    start = offset
    try:
        for _ in range(count):
            start = offset
            tag = octets[offset]
            fixed = _FIXED[tag]
            if fixed is not None:
                unpack, size = fixed
                append(unpack(octets, offset + 1)[0])
                offset += size
            elif tag == _OCTET_STRING:
                length = octets[offset + 1]
                offset += 2
                if length >= 0x80:
                    length, offset = decode_length(octets, offset - 1)
                end = offset + length
                if end > len(octets):
                    raise DecodeError("truncated", "an octet-string is cut", offset=start)
                append(octets[offset:end])
                offset = end
            elif tag == _STRUCTURE:
                length = octets[offset + 1]
                offset += 2
                if length >= 0x80:
                    length, offset = decode_length(octets, offset - 1)
                elements, offset = _decode_elements(octets, offset, length, depth + 1)
                append(tuple(elements))
            elif tag == _NULL:
                append(None)
                offset += 1
            elif tag == _ARRAY:
                length, offset = decode_length(octets, offset + 1)
                elements, offset = _decode_elements(octets, offset, length, depth + 1)
                append(elements)
            else:
                value, offset = _decode_content(tag, octets, offset + 1)
                append(value)
    except (IndexError, struct.error):
        raise DecodeError("truncated", "a value is cut", offset=start) from None
    return values, offset


def _decode_content(tag: int, octets: bytes, offset: int) -> tuple[Any, int]:
    """The value of a tag, no array and no structure, at ``offset``; and the offset behind it."""
    if tag in _STRUCTS:
        end = offset + _STRUCTS[tag].size
        (number,) = _STRUCTS[tag].unpack(_take(octets, offset, end))
        kind = KINDS.get(tag)
        return number if kind is None else kind(number), end
    if tag in _ENCODINGS or tag == DataType.OCTET_STRING:
        length, start = decode_length(octets, offset)
        end = start + length
        value = _take(octets, start, end)
        return value if tag == DataType.OCTET_STRING else _text(tag, value), end
    if tag == DataType.BOOLEAN:
        return _take(octets, offset, offset + 1) != b"\0", offset + 1
    if tag in TIME_OCTETS:
        end = offset + TIME_OCTETS[tag]
        value = _take(octets, offset, end)
        try:
            return _TIMES[tag].decode(value), end
        except DecodeError as error:
            raise DecodeError(error.code, error.message, offset=offset + error.offset) from error
    if tag == DataType.BIT_STRING:
        count, start = decode_length(octets, offset)
        end = start + (count + 7) // 8
        return BitString.unpack(_take(octets, start, end), count), end
    if tag == DataType.COMPACT_ARRAY:
        return compact_array.decode_from(octets, offset, _decode_content)
    if tag == DataType.NULL_DATA:
        return None, offset
    if tag == DataType.DONT_CARE:
        return DONT_CARE, offset
    raise DecodeError("unknown-type", f"type tag {tag} is not assigned", offset=offset - 1)


def _take(octets: bytes, start: int, end: int) -> bytes:
    if end > len(octets):
        raise DecodeError("truncated", "a value is cut", offset=start)
    return octets[start:end]


def _text(tag: int, octets: bytes) -> str:
    return octets.decode(_ENCODINGS[DataType(tag)], "surrogateescape")


@frozen(eq=True)
class Data:
    """One value of any type, as its octets; equal where the octets are.

    Attributes:
        octets: The whole encoding, tag first.
        plain: The plain Python form, see the table atop this module. It is shared: copy a list
            before changing it.
    """

    octets: bytes
    plain: Any = field(eq=False, repr=False)

    @plain.default
    def _decoded(self) -> Any:
        return _decode_whole(self.octets)

    @property
    def type(self) -> DataType:
        """The tag."""
        return DataType(self.octets[0])

    @classmethod
    def of(cls, type: DataType, value: Any = None) -> Data:  # noqa: A002 - the field's name everywhere
        """A value made from its type and plain form.

        Args:
            type: The tag.
            value: The plain form; for an array or a structure its elements as ``Data``.

        Raises:
            EncodeError: The type cannot hold the value.
        """
        if type in {DataType.ARRAY, DataType.STRUCTURE}:
            return cls._of_elements(type, value)
        octets = _encode_content(type, value)
        return cls(bytes((type,)) + octets, _decode_content(type, octets, 0)[0])

    @classmethod
    def _of_elements(cls, type: DataType, elements: Iterable[Data]) -> Data:  # noqa: A002 - the same
        elements = list(elements)
        octets = b"".join([element.octets for element in elements])
        plain = [element.plain for element in elements]
        return cls(
            bytes((type,)) + encode_length(len(elements)) + octets,
            plain if type == DataType.ARRAY else tuple(plain),
        )

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """The value that all of ``octets`` are.

        Raises:
            DecodeError: As ``decode_plain``, and ``trailing-bytes``.
        """
        octets = bytes(octets)
        return cls(octets, _decode_whole(octets))

    @classmethod
    def decode_from(cls, octets: bytes, offset: int) -> tuple[Self, int]:
        """The value at ``offset``, and the offset behind it.

        Raises:
            DecodeError: As ``decode_plain``.
        """
        (plain,), end = _decode_elements(octets, offset, 1, 0)
        return cls(octets[offset:end], plain), end

    def encode(self) -> bytes:
        """The octets."""
        return self.octets

    @classmethod
    def of_tree(cls, tree: TypedValue) -> Self:
        """The value that a tree describes; the opposite of ``tree``.

        Raises:
            EncodeError: A type cannot hold its value.
        """
        return cls.decode(codec.build(_WIRE, tree, what="Data"))

    def tree(self) -> TypedValue:
        """Every element with its type, for explaining and for exact copies.

        Raises:
            DecodeError: ``bad-utf8``: a utf8-string is no UTF-8 (D11).
        """
        tree: TypedValue = codec.parse(_WIRE, self.octets, what="Data")
        return tree


class _Typed(construct.Adapter):
    """Pairs of tag and value to typed values."""

    def _decode(self, obj: Any, _context: Any, _path: str) -> TypedValue:
        tag, value = obj
        if tag in _FLOATS:
            return TypedValue(DataType(tag), _decode_content(tag, value, 0)[0], value)
        return TypedValue(DataType(tag), tuple(value) if tag in _CONTAINERS else value)

    def _encode(self, obj: TypedValue, _context: Any, _path: str) -> tuple[int, Any]:
        if obj.type in _FLOATS:
            return obj.type, obj.raw or _encode_content(obj.type, obj.value)
        return obj.type, obj.value


def _content_wire(tag: int) -> Any:
    """What stands behind a tag, as a declaration."""
    if tag in _FLOATS:
        return construct.Bytes(_STRUCTS[tag].size)
    if tag in FIXED_FORMATS:
        number = construct.FormatField(">", FIXED_FORMATS[tag])
        kind = KINDS.get(tag, int)
        return construct.ExprAdapter(number, lambda obj, _: kind(obj), lambda obj, _: int(obj))
    if tag in _TIMES:
        return construct.ExprAdapter(
            construct.Bytes(TIME_OCTETS[tag]),
            lambda obj, _: _TIMES[tag].decode(obj),
            lambda obj, _: obj.encode(),
        )
    return construct.Pass


def _strict_utf8(octets: bytes, _: Any) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise DecodeError("bad-utf8", "a utf8-string is no UTF-8", offset=error.start) from error


_FLOATS = frozenset({DataType.FLOAT32, DataType.FLOAT64})
_CONTAINERS = frozenset({DataType.ARRAY, DataType.STRUCTURE})
_ELEMENTS = axdr.sequence_of(construct.LazyBound(lambda: _WIRE))
_WIRE: Any = _Typed(
    axdr.choice(
        {tag: _content_wire(tag) for tag in DataType}
        | {
            DataType.ARRAY: _ELEMENTS,
            DataType.STRUCTURE: _ELEMENTS,
            DataType.BOOLEAN: construct.ExprAdapter(
                construct.Byte, lambda obj, _: obj != 0, lambda obj, _: int(obj)
            ),
            DataType.BIT_STRING: construct.ExprAdapter(
                construct.Struct(
                    "count" / axdr.LENGTH,
                    "octets" / construct.Bytes((construct.this.count + 7) // 8),
                ),
                lambda obj, _: BitString.unpack(obj.octets, obj.count),
                lambda obj, _: {"count": len(obj), "octets": obj.pack()},
            ),
            DataType.OCTET_STRING: axdr.OCTETS,
            DataType.VISIBLE_STRING: construct.ExprAdapter(
                axdr.OCTETS,
                lambda obj, _: obj.decode("latin-1"),
                lambda obj, _: obj.encode("latin-1"),
            ),
            DataType.UTF8_STRING: construct.ExprAdapter(
                axdr.OCTETS, _strict_utf8, lambda obj, _: obj.encode()
            ),
            DataType.DONT_CARE: construct.ExprAdapter(
                construct.Pass, lambda _obj, _: DONT_CARE, lambda _obj, _: None
            ),
            DataType.COMPACT_ARRAY: construct.ExprAdapter(
                compact_array.WIRE,
                lambda obj, _: compact_array.of_wire(obj, _decode_content),
                lambda obj, _: compact_array.to_wire(obj, _encode_content),
            ),
        },
        code="unknown-type",
    )
)


def _decode_whole(octets: bytes) -> Any:
    plain, end = decode_plain(octets)
    if end != len(octets):
        raise DecodeError("trailing-bytes", f"{len(octets) - end} octets behind it", offset=end)
    return plain


def _encode_content(type: DataType, value: Any) -> bytes:  # noqa: A002 - the field's name everywhere
    """The octets of a plain value behind its tag."""
    try:
        if type in _STRUCTS:
            return _STRUCTS[type].pack(value)
        if type == DataType.OCTET_STRING:
            return encode_length(len(value)) + bytes(memoryview(value))
        if type in _ENCODINGS:
            octets: bytes = value.encode(_ENCODINGS[type], "surrogateescape")
            return encode_length(len(octets)) + octets
        if type == DataType.BOOLEAN:
            return b"\1" if value else b"\0"
        if type in _TIMES:
            return bytes(_TIMES[type].encode(value))
        if type == DataType.BIT_STRING:
            return encode_length(len(value)) + BitString.pack(value)
        if type == DataType.COMPACT_ARRAY:
            return compact_array.encode(value, _encode_content)
    except (AttributeError, OverflowError, TypeError, UnicodeError, struct.error) as error:
        raise EncodeError(f"{value!r} is no {type.label}: {error}") from error
    if type == DataType.NULL_DATA and value is None:
        return b""
    if type == DataType.DONT_CARE and (value is None or value is DONT_CARE):
        return b""
    raise EncodeError(f"{value!r} is no {type.label}")
