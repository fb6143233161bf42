"""How far a value reaches whose octets come in pieces.

A decoder that is fed pieces must know when a value is all there before it decodes it, and must not
begin anew with each piece. This one looks at each octet once and keeps its place: at most three
counts, whatever the nesting.
"""

from __future__ import annotations

import struct

from dlmslite.encoding.axdr import decode_length
from dlmslite.errors import DecodeError
from dlmslite.values.kinds import FIXED_FORMATS, TIME_OCTETS, DataType

_SIZES: dict[int, int] = {
    DataType.NULL_DATA: 0,
    DataType.DONT_CARE: 0,
    DataType.BOOLEAN: 1,
    **{tag: struct.calcsize(f">{code}") for tag, code in FIXED_FORMATS.items()},
    **TIME_OCTETS,
}
_STRINGS = frozenset({DataType.OCTET_STRING, DataType.VISIBLE_STRING, DataType.UTF8_STRING})


class Extent:
    """The place reached in one value, tag first, that begins at the start of the octets."""

    def __init__(self) -> None:
        self._offset = 0  # where the next element begins, or where the present one ends
        self._values = 1  # elements still to come, of all levels together
        self._types = 0  # parts of a type description still to come
        self._contents = False  # the contents of a compact array come next

    def reached(self, octets: bytes | bytearray) -> bool:
        """Whether the value is all there, or broken, so that nothing behind would mend it.

        Args:
            octets: All octets of it so far: those of the last call and what came since.
        """
        try:
            while self._offset <= len(octets):
                if not (self._values or self._types or self._contents):
                    return True
                self._step(octets)
        except IndexError:
            return False
        except DecodeError as error:
            return error.code != "truncated"
        return False

    def _step(self, octets: bytes | bytearray) -> None:
        """Go past one element's head, and past its octets where it has no elements itself."""
        if self._types:
            self._go_past_type(octets)
            return
        if self._contents:
            length, end = _length(octets, self._offset)
            self._offset = end + length
            self._contents = False
            return
        tag = octets[self._offset]
        end = self._offset + 1
        if tag in _SIZES:
            self._offset = end + _SIZES[tag]
        elif tag in _STRINGS:
            length, end = _length(octets, end)
            self._offset = end + length
        elif tag == DataType.BIT_STRING:
            length, end = _length(octets, end)
            self._offset = end + (length + 7) // 8
        elif tag in {DataType.ARRAY, DataType.STRUCTURE}:
            count, self._offset = _length(octets, end)
            self._values += count
        elif tag == DataType.COMPACT_ARRAY:
            self._offset = end
            self._types = 1
            self._contents = True
        else:
            raise DecodeError("unknown-type", offset=self._offset)
        self._values -= 1

    def _go_past_type(self, octets: bytes | bytearray) -> None:
        tag = octets[self._offset]
        end = self._offset + 1
        if tag == DataType.ARRAY:
            end += 2
            self._types += 1
        elif tag == DataType.STRUCTURE:
            count, end = _length(octets, end)
            self._types += count
        self._offset = end
        self._types -= 1


def _length(octets: bytes | bytearray, offset: int) -> tuple[int, int]:
    # The longest length has five octets; a copy of all would be one for each string.
    length, end = decode_length(bytes(octets[offset : offset + 5]), 0)
    return length, offset + end
