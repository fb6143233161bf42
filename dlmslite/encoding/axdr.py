"""A-XDR in construct: lengths, optionals, defaults, choices, sequences.

The parts that the ASN.1 of the standard is written with, as declarations to build others from, and
the length by hand for the loops that cannot afford construct. IEC 61334-6 (A-XDR encoding rule);
the Green Book (9.4.2, 9.5) uses it for all but ACSE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import construct

from dlmslite.errors import DecodeError, EncodeError

LENGTH_OCTETS_MAX = 4  # octets behind 8n; nothing in this protocol is longer than 2**32


def decode_length(octets: bytes, offset: int) -> tuple[int, int]:
    """The length at ``offset``, and the offset behind it.

    Up to 127 it is one octet; otherwise ``8n`` and n octets. It need not be the shortest form.

    Raises:
        DecodeError: ``bad-length`` for an indefinite or an absurd one, ``truncated``.
    """
    if offset >= len(octets):
        raise DecodeError("truncated", "a length is missing", offset=offset)
    length = octets[offset]
    if length < 0x80:
        return length, offset + 1
    size = _size_of_length(length, offset)
    end = offset + 1 + size
    if end > len(octets):
        raise DecodeError("truncated", "a length is cut", offset=offset)
    return int.from_bytes(octets[offset + 1 : end], "big"), end


def encode_length(length: int) -> bytes:
    """The shortest octets of a length.

    Raises:
        EncodeError: It is negative, or needs more than four octets.
    """
    if 0 <= length < 0x80:
        return bytes((length,))
    size = (length.bit_length() + 7) // 8
    if length < 0 or size > LENGTH_OCTETS_MAX:
        raise EncodeError(f"{length} is no length")
    return bytes((0x80 | size,)) + length.to_bytes(size, "big")


def _size_of_length(first: int, offset: int) -> int:
    size = first & 0x7F
    if not 1 <= size <= LENGTH_OCTETS_MAX:
        raise DecodeError("bad-length", f"{first:02X} begins no length", offset=offset)
    return size


class _Length(construct.Construct):
    """A length or a count."""

    def _parse(self, stream: Any, _context: Any, path: str) -> int:
        offset = stream.tell()
        first: int = construct.stream_read(stream, 1, path)[0]
        if first < 0x80:
            return first
        size = _size_of_length(first, offset)
        return int.from_bytes(construct.stream_read(stream, size, path), "big")

    def _build(self, obj: int, stream: Any, _context: Any, path: str) -> int:
        octets = encode_length(obj)
        construct.stream_write(stream, octets, len(octets), path)
        return obj


class _Optional(construct.Subconstruct):
    """A value behind its presence flag: 00 absent, 01 present, nothing else."""

    def __init__(self, subcon: Any, absent: Any) -> None:
        super().__init__(subcon)
        self._absent = absent

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        offset = stream.tell()
        flag = construct.stream_read(stream, 1, path)[0]
        if flag == 0:
            return self._absent
        if flag != 1:
            raise DecodeError(
                "bad-presence-flag", f"a presence flag is 00 or 01, not {flag:02X}", offset=offset
            )
        return self.subcon._parsereport(stream, context, path)  # noqa: SLF001 - construct's protocol between constructs

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        if obj is None or obj == self._absent:
            construct.stream_write(stream, b"\0", 1, path)
            return obj
        construct.stream_write(stream, b"\1", 1, path)
        return self.subcon._build(obj, stream, context, path)  # noqa: SLF001 - the same


class _SequenceOf(construct.Subconstruct):
    """A count and so many elements; each takes octets, so a false count ends with the input."""

    def _parse(self, stream: Any, context: Any, path: str) -> list[Any]:
        count = LENGTH._parsereport(stream, context, path)  # noqa: SLF001 - construct's protocol between constructs
        parse = self.subcon._parsereport  # noqa: SLF001 - the same
        return [parse(stream, context, path) for _ in range(count)]

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        LENGTH._build(len(obj), stream, context, path)  # noqa: SLF001 - the same
        for element in obj:
            self.subcon._build(element, stream, context, path)  # noqa: SLF001 - the same
        return obj


class _Choice(construct.Construct):
    """A tag and what it announces, as a pair."""

    def __init__(self, choices: Mapping[int, Any], code: str) -> None:
        super().__init__()
        self._choices = dict(choices)
        self._code = code

    def _parse(self, stream: Any, context: Any, path: str) -> tuple[int, Any]:
        offset = stream.tell()
        tag: int = construct.stream_read(stream, 1, path)[0]
        content = self._choices.get(tag)
        if content is None:
            raise DecodeError(self._code, f"tag {tag:02X} is not assigned", offset=offset)
        return tag, content._parsereport(stream, context, path)  # noqa: SLF001 - construct's protocol between constructs

    def _build(self, obj: tuple[int, Any], stream: Any, context: Any, path: str) -> Any:
        tag, value = obj
        content = self._choices.get(tag)
        if content is None:
            raise EncodeError(f"tag {tag:02X} is not assigned")
        construct.stream_write(stream, bytes((tag,)), 1, path)
        content._build(value, stream, context, path)  # noqa: SLF001 - the same
        return obj


LENGTH = _Length()
"""A length or a count: one octet up to 127, else 8n and n octets."""

OCTETS = construct.Prefixed(LENGTH, construct.GreedyBytes)
"""An OCTET STRING of variable length."""


def optional(subcon: Any) -> Any:
    """``… OPTIONAL``: the value, or None where the flag says that it is absent."""
    return _Optional(subcon, None)


def default(subcon: Any, value: Any) -> Any:
    """``… DEFAULT value``: written without its value where it is the default."""
    return _Optional(subcon, value)


def sequence_of(subcon: Any) -> Any:
    """``SEQUENCE OF …``: a list."""
    return _SequenceOf(subcon)


def choice(choices: Mapping[int, Any], *, code: str = "bad-choice") -> Any:
    """``CHOICE``: pairs of tag and value.

    Args:
        choices: What stands behind each tag.
        code: The ``DecodeError`` code of a tag that is none of them.
    """
    return _Choice(choices, code)
