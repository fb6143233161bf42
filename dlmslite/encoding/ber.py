"""The little BER that ACSE needs.

Declarations of the ACSE APDUs are built from a few constructs: a field with a tag and a length,
and what may stand inside one: an integer, a bit string, an object identifier below a known arc.
Lengths need not be minimal. ITU-T X.690, clauses 8.1 to 8.19; Green Book 9.4.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import construct

from dlmslite.encoding import codec
from dlmslite.errors import DecodeError, EncodeError

# Tags of the universal types that ACSE wraps in its own.
INTEGER = 0x02
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06

LENGTH_OCTETS_MAX = 4  # the form 84 nn nn nn nn; nothing that a meter sends is longer than 4 GiB
INTEGER_OCTETS_MAX = 4  # ACSE's integers are codes and counters; none is longer


class Field(construct.Construct):
    """A tag, a length, and content that fills it.

    Args:
        tag: The tag octet.
        content: What stands inside: another construct, such as a further ``Field`` for an
            explicit tag.
        optional: Whether the field may be absent; absent fields are None.
        what: What the field is, for error messages.
        missing: The code of the error when another tag stands in its place.
    """

    def __init__(
        self,
        tag: int,
        content: Any,
        *,
        what: str,
        optional: bool = False,
        missing: str = "bad-ber-tag",
    ) -> None:
        super().__init__()
        self._tag = tag
        self._content = content
        self._what = what
        self._missing = missing
        # construct.Struct takes None for a member without a value from this flag.
        self.flagbuildnone = optional

    def _parse(self, stream: BytesIO, context: Any, _path: str) -> Any:
        at = stream.tell()
        found = stream.read(1)
        if found != bytes([self._tag]):
            stream.seek(at)
            if self.flagbuildnone:
                return None
            if not found and self._missing == "bad-ber-tag":
                raise DecodeError("truncated", f"{self._what} is missing", offset=at)
            raise DecodeError(self._missing, f"no {self._what} (tag {self._tag:02X})", offset=at)
        length = _read_length(stream)
        inside = stream.tell()
        content = _read(stream, length)
        try:
            return codec.parse(self._content, content, what=self._what, **_parameters(context))
        except DecodeError as error:
            # The content counted from its own start; the reader counts from the APDU's.
            raise DecodeError(error.code, error.message, offset=inside + error.offset) from error

    def _build(self, obj: Any, stream: BytesIO, context: Any, _path: str) -> Any:
        if obj is None:
            if self.flagbuildnone:
                return obj
            raise EncodeError(f"{self._what} must not be absent")
        content = codec.build(self._content, obj, what=self._what, **_parameters(context))
        stream.write(encode(self._tag, content))
        return obj


class Integer(construct.Construct):
    """The content of an INTEGER: two's complement, most significant octet first (X.690, 8.3)."""

    def _parse(self, stream: BytesIO, _context: Any, _path: str) -> int:
        content = stream.read()
        if not content:
            raise DecodeError("truncated", "an integer without octets", offset=0)
        if len(content) > INTEGER_OCTETS_MAX:
            raise DecodeError("bad-length", f"an integer of {len(content)} octets", offset=0)
        return int.from_bytes(content, "big", signed=True)

    def _build(self, obj: int, stream: BytesIO, _context: Any, _path: str) -> int:
        # The sign takes a bit, and -128 fits where 128 does not.
        size = (obj + (obj < 0)).bit_length() // 8 + 1
        stream.write(obj.to_bytes(size, "big", signed=True))
        return obj


class BitString(construct.Construct):
    """The content of a BIT STRING as a text of 0 and 1: unused bits, then octets (X.690, 8.6)."""

    def _parse(self, stream: BytesIO, _context: Any, _path: str) -> str:
        unused = _read(stream, 1)[0]
        content = stream.read()
        if unused > 7 or (unused and not content):
            raise DecodeError("bad-bit-string", f"{unused} unused bits", offset=0)
        bits = "".join(f"{octet:08b}" for octet in content)
        return bits[: len(bits) - unused]

    def _build(self, obj: str, stream: BytesIO, _context: Any, _path: str) -> str:
        unused = -len(obj) % 8
        padded = obj + "0" * unused
        octets = bytes(int(padded[i : i + 8], 2) for i in range(0, len(padded), 8))
        stream.write(bytes([unused]) + octets)
        return obj


class LastArc(construct.Construct):
    """The content of an OBJECT IDENTIFIER of which only the last arc varies (X.690, 8.19).

    Args:
        prefix: The octets of the arcs before the last one.
    """

    def __init__(self, prefix: bytes) -> None:
        super().__init__()
        self._prefix = prefix

    def _parse(self, stream: BytesIO, _context: Any, _path: str) -> int:
        content = stream.read()
        if len(content) != len(self._prefix) + 1 or not content.startswith(self._prefix):
            raise DecodeError("bad-oid", f"object identifier {content.hex()}", offset=0)
        if content[-1] >= 0x80:
            raise DecodeError("bad-oid", "an arc without end", offset=len(self._prefix))
        return content[-1]

    def _build(self, obj: int, stream: BytesIO, _context: Any, _path: str) -> int:
        if not 0 <= obj < 0x80:
            raise EncodeError(f"arc {obj} does not fit in one octet")
        stream.write(self._prefix + bytes([obj]))
        return obj


class EndOfFields(construct.Construct):
    """The end of a sequence: what still stands there is a field that has no place here."""

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: BytesIO, _context: Any, _path: str) -> None:
        at = stream.tell()
        rest = stream.read(1)
        if rest:
            raise DecodeError("bad-ber-tag", f"tag {rest[0]:02X} has no place here", offset=at)

    def _build(self, obj: Any, _stream: BytesIO, _context: Any, _path: str) -> Any:
        return obj


def octet_string(tag: int, *, what: str, inner: int = OCTET_STRING) -> Field:
    """An optional octet string behind an explicit tag.

    Args:
        tag: The outer tag.
        what: What it is, for error messages.
        inner: The tag of the string itself.
    """
    content = Field(inner, construct.GreedyBytes, what=what)
    return Field(tag, content, what=what, optional=True)


def integer(tag: int, *, what: str) -> Field:
    """An optional integer behind an explicit tag."""
    return Field(tag, Field(INTEGER, Integer(), what=what), what=what, optional=True)


def bit_string(tag: int, *, what: str) -> Field:
    """An optional bit string with an implicit tag."""
    return Field(tag, BitString(), what=what, optional=True)


def encode(tag: int, content: bytes) -> bytes:
    """One field: tag, length, content."""
    return bytes([tag]) + encode_length(len(content)) + content


def encode_length(length: int) -> bytes:
    """A length in its shortest form: one octet up to 127, or 80 + n and n octets (8.1.3)."""
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 + len(octets)]) + octets


def _parameters(context: Any) -> dict[str, Any]:
    # What the caller of the codec gave; construct adds names of its own, with an underscore.
    parameters = context._params  # noqa: SLF001 - construct's documented name
    return {name: value for name, value in parameters.items() if not name.startswith("_")}


def _read_length(stream: BytesIO) -> int:
    at = stream.tell()
    first = _read(stream, 1)[0]
    if first < 0x80:
        return first
    count = first - 0x80
    if not 0 < count <= LENGTH_OCTETS_MAX:
        raise DecodeError("bad-length", f"a length of the form {first:02X}", offset=at)
    return int.from_bytes(_read(stream, count), "big")


def _read(stream: BytesIO, count: int) -> bytes:
    at = stream.tell()
    octets = stream.read(count)
    if len(octets) < count:
        raise DecodeError(
            "truncated", f"{count} octets announced, {len(octets)} there", offset=at + len(octets)
        )
    return octets
