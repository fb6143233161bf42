"""One, two and four octet addresses (IEC 62056-46, 6.4.2).

The lowest bit of an octet says whether it is the last one; the other seven are the value. A server
address has an upper part (the logical device) and, in the longer forms, a lower one (the physical
device); a client address is one octet. Three octets are no legal width.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Self

from attrs import field

from dlmslite.errors import EncodeError, FramingError
from dlmslite.records import frozen

NO_STATION = 0x00  # nobody has this address
MANAGEMENT = 0x01  # the management logical device of every meter
CALLING = 0x7E  # a meter that calls by itself and has no address yet
ALL_STATION = 0x7F  # everybody; nobody answers
CALLING_LONG = 0x3FFE  # the same in a part of fourteen bits
ALL_STATION_LONG = 0x3FFF

_PART_BITS = {1: 7, 2: 7, 4: 14}  # octets of an address: bits in each of its parts


@frozen(eq=True)
class Address:
    """The address of one side of a frame.

    Two addresses are equal when their octets are; ``matches`` compares what they mean.

    Attributes:
        upper: The logical device, or the client.
        lower: The physical device; None where the form has none.
        size: Octets on the wire: 1, 2 or 4; 0 takes the shortest form that the values allow.
        octets: The address as it stands in a frame.
    """

    upper: int
    lower: int | None = None
    size: int = 0
    octets: bytes = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        size = self.size or _shortest(self.upper, self.lower)
        bits = _PART_BITS.get(size)
        parts = (self.upper,) if self.lower is None else (self.upper, self.lower)
        if bits is None or (size == 1) != (len(parts) == 1):
            raise EncodeError(f"{self!r}: an address with {len(parts)} parts has 1, 2 or 4 octets")
        if any(not 0 <= part < 1 << bits for part in parts):
            raise EncodeError(f"{self!r}: {size} octets hold parts of {bits} bits")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "octets", _octets(parts, bits))

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Take exactly the octets of one address.

        Raises:
            FramingError: ``bad-address-length``: not 1, 2 or 4 octets, or the end bit misplaced.
        """
        size = len(octets)
        if size not in _PART_BITS or [octet & 1 for octet in octets] != [0] * (size - 1) + [1]:
            raise FramingError("bad-address-length", octets=octets)
        sevens = [octet >> 1 for octet in octets]
        if size == 1:
            return cls(sevens[0], None, 1)
        if size == 2:
            return cls(sevens[0], sevens[1], 2)
        return cls(sevens[0] << 7 | sevens[1], sevens[2] << 7 | sevens[3], 4)

    def encode(self) -> bytes:
        """The octets of the address."""
        return self.octets

    @property
    def is_all_station(self) -> bool:
        """Whether everybody is meant; such a frame gets no reply."""
        broadcast = ALL_STATION_LONG if self.size == 4 else ALL_STATION
        return broadcast in {self.upper, self.lower}

    @property
    def is_assignable(self) -> bool:
        """Whether a station may have this address: it is not reserved for all, none or callers."""
        reserved = {CALLING_LONG, ALL_STATION_LONG} if self.size == 4 else {CALLING, ALL_STATION}
        return self.upper != NO_STATION and not reserved & {self.upper, self.lower}

    def matches(self, other: Address) -> bool:
        """Whether both mean the same station, whatever their width.

        Old meters answer a four-octet request from the two-octet form of their address. A lower
        part of zero addresses no physical device, which is what a form without one says.
        """
        return self.upper == other.upper and (self.lower or 0) == (other.lower or 0)


# A line has few stations: their addresses are parsed once. The bound keeps noise from filling it.
decode_cached = lru_cache(maxsize=1024)(Address.decode)


def addresses_end(octets: bytes, start: int) -> int:
    """The offset behind the two addresses of a frame; 0 when one of them has no legal width.

    Args:
        octets: A frame, or the beginning of one.
        start: Where the destination begins.

    Raises:
        IndexError: The octets end inside the addresses.
    """
    if octets[start] & 1 and octets[start + 1] & 1:
        return start + 2  # the common case, worth its two lines
    for _ in range(2):
        if octets[start] & 1:
            start += 1
        elif octets[start + 1] & 1:
            start += 2
        elif octets[start + 2] & 1 or not octets[start + 3] & 1:
            return 0
        else:
            start += 4
    return start


def _shortest(upper: int, lower: int | None) -> int:
    if lower is None:
        return 1
    # A physical address of zero is written in four octets: in two it would read "no station".
    return 2 if upper < 1 << 7 and 0 < lower < 1 << 7 else 4


def _octets(parts: tuple[int, ...], bits: int) -> bytes:
    sevens = [part >> shift & 0x7F for part in parts for shift in range(bits - 7, -1, -7)]
    last = len(sevens) - 1
    return bytes(seven << 1 | (index == last) for index, seven in enumerate(sevens))
