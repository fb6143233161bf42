"""What SNRM and UA negotiate: sizes of the information field and windows (IEC 62056-46, 6.4.4.4.3).

::

    81 80 <length> { <identifier> <length> <value> }…
                   05 information field, transmit     07 window, transmit
                   06 information field, receive      08 window, receive

Transmit and receive are seen from the sender of the block. Meters vary: values in one, two or four
octets, any order, missing entries, and a group length that leaves out the last two octets (12 where
14 follow, hexadecimal). All of that is read; what is written is what the standard shows.
"""

from __future__ import annotations

from typing import Self

from construct import Byte, Const, GreedyBytes, GreedyRange, Prefixed, Struct

from dlmslite.encoding import codec
from dlmslite.errors import EncodeError, FramingError
from dlmslite.records import frozen

MAX_INFO_DEFAULT = 128  # octets, where a side says nothing
WINDOW_DEFAULT = 1  # frames, where a side says nothing
MAX_INFO_LIMIT = 2030  # octets: 2047 less the longest header and the check sequences, rounded
WINDOW_LIMIT = 7  # frames, with sequence numbers modulo 8

_HEADER = b"\x81\x80"  # format identifier, group identifier
_ENTRIES = GreedyRange(Struct("identifier" / Byte, "value" / Prefixed(Byte, GreedyBytes)))
_READ = Struct("entries" / _ENTRIES, "rest" / GreedyBytes)
_WIRE = Struct("header" / Const(_HEADER), "entries" / Prefixed(Byte, _ENTRIES))

_NAMES = {
    5: "max_info_transmit",
    6: "max_info_receive",
    7: "window_transmit",
    8: "window_receive",
}
_LARGEST = 0xFFFFFFFF  # the longest value that the standard shows has four octets


@frozen(kw_only=True)
class Parameters:
    """One side's parameters; None where it says nothing.

    Attributes:
        max_info_transmit: Longest information field that it sends, in octets.
        max_info_receive: Longest information field that it takes, in octets.
        window_transmit: Frames that it sends without waiting for an acknowledgement.
        window_receive: Frames that it takes without acknowledging.
        unknown: Entries that say something else, identifier and value as they came.
    """

    max_info_transmit: int | None = None
    max_info_receive: int | None = None
    window_transmit: int | None = None
    window_receive: int | None = None
    unknown: tuple[tuple[int, bytes], ...] = ()

    def __attrs_post_init__(self) -> None:
        values = [getattr(self, name) or 0 for name in _NAMES.values()]
        if min(values) < 0 or max(values) > _LARGEST:
            raise EncodeError(f"{self!r}: a parameter is an unsigned number of four octets")

    @classmethod
    def decode(cls, information: bytes) -> Self:
        """Read the information field of an SNRM or UA; an empty one says nothing.

        Raises:
            FramingError: ``bad-parameters``.
        """
        if not information:
            return cls()
        if information[:2] != _HEADER or len(information) < 3:
            raise FramingError("bad-parameters", "no parameter group", octets=information)
        values: dict[str, int] = {}
        unknown: list[tuple[int, bytes]] = []
        for identifier, value in _entries(information):
            name = _NAMES.get(identifier)
            if name is None or not value or int.from_bytes(value) > _LARGEST:
                unknown.append((identifier, value))
            else:
                values[name] = int.from_bytes(value)
        return cls(**values, unknown=tuple(unknown))

    def encode(self) -> bytes:
        """The information field; empty when there is nothing to say."""
        entries = [
            {"identifier": identifier, "value": _octets(identifier, value)}
            for identifier, name in _NAMES.items()
            if (value := getattr(self, name)) is not None
        ]
        entries += [{"identifier": number, "value": value} for number, value in self.unknown]
        if not entries:
            return b""
        return codec.build(_WIRE, {"header": None, "entries": entries}, what="parameters")


def _entries(information: bytes) -> list[tuple[int, bytes]]:
    length = information[2]
    if length > len(information) - 3:
        raise FramingError("bad-parameters", "the group overruns the frame", octets=information)
    group = codec.parse(_READ, information[3 : 3 + length], what="parameters")
    if group.rest:
        # The length is too small for its last entry: what follows belongs to it (12 for 14).
        group = codec.parse(_READ, information[3:], what="parameters")
    if group.rest:
        raise FramingError("bad-parameters", "an entry overruns the frame", octets=information)
    return [(entry.identifier, entry.value) for entry in group.entries]


def _octets(identifier: int, value: int) -> bytes:
    # Windows take four octets. Sizes take one while that reads the same signed and unsigned.
    is_window = identifier in {7, 8}
    if is_window or value > 0xFFFF:
        return value.to_bytes(4)
    return value.to_bytes(1 if value < 0x80 else 2)
