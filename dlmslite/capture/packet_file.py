"""The two containers of captured packets: pcap, both ways, and pcapng, read only.

Enters: octets of a file. Leaves: IP datagrams and their times. pcap:
draft-ietf-opsawg-pcap, pcapng: draft-ietf-opsawg-pcapng. A file that ends inside a packet is one of
a capture that was killed; all that is whole in it is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from dlmslite.errors import DecodeError, EncodeError
from dlmslite.records import define, frozen

MAGIC_MICRO = 0xA1B2C3D4
MAGIC_NANO = 0xA1B23C4D
SECTION = 0x0A0D0D0A  # the first block of pcapng, the same in either byte order
INTERFACE, SIMPLE, ENHANCED = 1, 3, 6  # blocks of pcapng
BYTE_ORDER = 0x1A2B3C4D
SNAP_LENGTH = 262_144  # octets kept of a packet; what Wireshark writes
BLOCK_MAX = 16 * 1024 * 1024  # octets; a block that says more is broken
RESOLUTION_OPTION = 9  # if_tsresol
SECONDS_MAX = 0xFFFFFFFF  # since 1970: what pcap has room for; pcapng would have more
LINK_RAW = 101  # IP datagrams without anything before them

_NANO = 1_000_000_000
_VLAN = {0x8100, 0x88A8}
_ETHERTYPES = {0x0800, 0x86DD}  # IPv4, IPv6


@frozen
class Found:
    """One IP datagram of a file.

    Attributes:
        nanoseconds: Its time since 1970 in UTC.
        octets: From the IP header on.
    """

    nanoseconds: int
    octets: bytes


class PacketWriter:
    """Writes IP datagrams as pcap with times in microseconds.

    Args:
        stream: Binary and open; whoever opened it closes it.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        stream.write(struct.pack("<IHHiIII", MAGIC_MICRO, 2, 4, 0, 0, SNAP_LENGTH, LINK_RAW))

    def write(self, nanoseconds: int, octets: bytes) -> None:
        """Add one datagram, at once.

        Raises:
            EncodeError: The time does not fit the format: before 1970 or after 2106.
        """
        seconds, rest = divmod(nanoseconds, _NANO)
        if not 0 <= seconds <= SECONDS_MAX:
            raise EncodeError(f"{seconds} s since 1970: pcap has 32 bits for it")
        size = len(octets)
        self._stream.write(struct.pack("<IIII", seconds, rest // 1000, size, size) + octets)
        self._stream.flush()


def read(octets: bytes) -> Iterator[Found]:
    """The IP datagrams of a pcap or pcapng file, in its order.

    Raises:
        DecodeError: ``bad-magic``, ``truncated`` inside the header, or ``bad-block``.
    """
    if len(octets) < 4:
        raise DecodeError("truncated", "too short for a packet capture", offset=len(octets))
    if int.from_bytes(octets[:4]) == SECTION:
        return _read_pcapng(octets)
    for order in "<>":
        (magic,) = struct.unpack_from(f"{order}I", octets)
        if magic in {MAGIC_MICRO, MAGIC_NANO}:
            return _read_pcap(octets, order, 1 if magic == MAGIC_NANO else 1000)
    raise DecodeError("bad-magic", "neither pcap nor pcapng")


def _read_pcap(octets: bytes, order: str, unit: int) -> Iterator[Found]:
    if len(octets) < 24:
        raise DecodeError("truncated", "the header of the file is cut", offset=len(octets))
    (link,) = struct.unpack_from(f"{order}I", octets, 20)
    link &= 0xFFFF  # the upper bits tell of frame check sequences
    offset = 24
    while offset + 16 <= len(octets):
        seconds, fraction, kept, _ = struct.unpack_from(f"{order}IIII", octets, offset)
        if kept > BLOCK_MAX:
            raise DecodeError("bad-block", f"a packet of {kept} octets", offset=offset)
        offset += 16
        if offset + kept > len(octets):
            return
        datagram = _network(link, octets[offset : offset + kept])
        if datagram:
            yield Found(seconds * _NANO + fraction * unit, datagram)
        offset += kept


@define
class _Interface:
    """How an interface of a pcapng section writes: its link type, and ticks in a second."""

    link: int
    ticks: int


def _read_pcapng(octets: bytes) -> Iterator[Found]:
    order = "<"
    interfaces: list[_Interface] = []
    offset = 0
    while offset + 12 <= len(octets):
        if int.from_bytes(octets[offset : offset + 4]) == SECTION:
            order = "<" if octets[offset + 8 : offset + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, length = struct.unpack_from(f"{order}II", octets, offset)
        if length < 12 or length % 4 or length > BLOCK_MAX:
            raise DecodeError("bad-block", f"a block of {length} octets", offset=offset)
        if offset + length > len(octets):
            return
        body = octets[offset + 8 : offset + length - 4]
        try:
            found = _block(kind, body, order, interfaces)
        except (struct.error, IndexError):
            raise DecodeError("bad-block", "a block without its fields", offset=offset) from None
        if found is not None:
            yield found
        offset += length


def _block(kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Found | None:
    if kind == INTERFACE:
        (link,) = struct.unpack_from(f"{order}H", body)
        interfaces.append(_Interface(link, _ticks(body, order)))
    elif kind == ENHANCED:
        number, high, low, kept = struct.unpack_from(f"{order}IIII", body)
        interface = interfaces[number]
        datagram = _network(interface.link, body[20 : 20 + kept])
        if datagram:
            moment = (high << 32 | low) * _NANO // interface.ticks
            if moment // _NANO > SECONDS_MAX:
                raise DecodeError("bad-block", "a packet of a time to come")
            return Found(moment, datagram)
    elif kind == SIMPLE:
        datagram = _network(interfaces[0].link, body[4:])
        if datagram:
            return Found(0, datagram)  # this block tells no time
    return None


def _ticks(body: bytes, order: str) -> int:
    """Ticks in a second, from the option of an interface; a million where it has none."""
    offset = 8
    while offset + 4 <= len(body):
        code, length = struct.unpack_from(f"{order}HH", body, offset)
        if code == RESOLUTION_OPTION and length == 1:
            value = body[offset + 4]
            exponent = value & 0x7F
            return int(2**exponent) if value & 0x80 else int(10**exponent)
        offset += 4 + (length + 3) // 4 * 4
    return 1_000_000


def _network(link: int, frame: bytes) -> bytes:
    """The IP datagram in a frame of a link; empty when there is none."""
    match link:
        case 1:  # Ethernet
            offset = 12
            while int.from_bytes(frame[offset : offset + 2]) in _VLAN:
                offset += 4
            kind = int.from_bytes(frame[offset : offset + 2])
            return frame[offset + 2 :] if kind in _ETHERTYPES else b""
        case 0 | 108:  # BSD loopback: four octets that name the family
            return frame[4:]
        case 12 | 101 | 228 | 229:  # raw IP; 12 is what BSD wrote for it
            return frame
        case 113:  # Linux "any" device, version 1
            return frame[16:] if int.from_bytes(frame[14:16]) in _ETHERTYPES else b""
        case 276:  # the same, version 2
            return frame[20:] if int.from_bytes(frame[:2]) in _ETHERTYPES else b""
    return b""
