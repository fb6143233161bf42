"""TCP segments and UDP datagrams in IPv4, both ways; IPv6 is read, too.

Written so that Wireshark has nothing to complain about: lengths, checksums, sequence numbers. Read
with tolerance: checksums of a foreign capture are not looked at, since network cards fill them in
after the packet was captured. IPv4: RFC 791, TCP: RFC 9293, UDP: RFC 768, IPv6: RFC 8200.
"""

from __future__ import annotations

import enum
import ipaddress
import struct
from typing import Self

from dlmslite.records import frozen

TCP = 6
UDP = 17
TIME_TO_LIVE = 64
WINDOW = 0xFFFF  # octets that each side says it takes
PAYLOAD_MAX = 1460  # octets of a TCP segment: an Ethernet frame without the two headers
DATAGRAM_MAX = 0xFFFF - 28  # octets of a UDP datagram in IPv4 (RFC 768)

_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_TCP = struct.Struct(">HHIIBBHHH")
_UDP = struct.Struct(">HHHH")
_IPV6_SIZE = 40
# Extension headers that say in their second octet how long they are: hop-by-hop, routing,
# destination options.
_IPV6_EXTENSIONS = {0, 43, 60}


class Flags(enum.IntFlag):
    """The control bits of TCP that matter here."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


NO_FLAGS = Flags(0)


@frozen
class Station:
    """One end of a conversation.

    Attributes:
        host: IP address as text.
        port: TCP or UDP port.
    """

    host: str
    port: int


@frozen(kw_only=True)
class Packet:
    """One segment or datagram.

    Attributes:
        source: Who sent it.
        destination: Whom it is for.
        protocol: ``TCP`` or ``UDP``.
        payload: What it carries.
        sequence: Number of its first octet (TCP).
        acknowledged: Number of the octet that is expected next from the other side (TCP).
        flags: Control bits (TCP).
    """

    source: Station
    destination: Station
    protocol: int = TCP
    payload: bytes = b""
    sequence: int = 0
    acknowledged: int = 0
    flags: Flags = NO_FLAGS

    @classmethod
    def decode(cls, octets: bytes) -> Self | None:
        """The packet in an IP datagram; None when it is no TCP and no UDP, or only a fragment."""
        version = octets[0] >> 4 if octets else 0
        try:
            if version == 4:
                return cls._decode_ipv4(octets)
            if version == 6:
                return cls._decode_ipv6(octets)
        except (struct.error, IndexError):
            pass  # shorter than its own headers: nothing that could be told
        return None

    @classmethod
    def _decode_ipv4(cls, octets: bytes) -> Self | None:
        first, _, total, _, fragment, _, protocol, _, source, destination = _IPV4.unpack_from(
            octets
        )
        if fragment & 0x3FFF:  # more fragments follow, or this is not the first
            return None
        start = (first & 0x0F) * 4
        # Zero where the network card cut the packet itself (segmentation offload).
        end = total or len(octets)
        return cls._decode_upper(protocol, octets, start, end, (source, destination))

    @classmethod
    def _decode_ipv6(cls, octets: bytes) -> Self | None:
        length, following = struct.unpack_from(">HB", octets, 4)
        end = _IPV6_SIZE + length if length else len(octets)
        start = _IPV6_SIZE
        while following in _IPV6_EXTENSIONS:
            following, size = octets[start], octets[start + 1]
            start += 8 * (size + 1)
        return cls._decode_upper(following, octets, start, end, (octets[8:24], octets[24:40]))

    @classmethod
    def _decode_upper(
        cls, protocol: int, octets: bytes, start: int, end: int, hosts: tuple[bytes, bytes]
    ) -> Self | None:
        sequence = acknowledged = flags = 0
        if protocol == TCP:
            near, far, sequence, acknowledged, offset, flags, _, _, _ = _TCP.unpack_from(
                octets, start
            )
            payload_at = start + (offset >> 4) * 4
        elif protocol == UDP:
            near, far, _, _ = _UDP.unpack_from(octets, start)
            payload_at = start + _UDP.size
        else:
            return None
        return cls(
            source=Station(str(ipaddress.ip_address(hosts[0])), near),
            destination=Station(str(ipaddress.ip_address(hosts[1])), far),
            protocol=protocol,
            payload=octets[payload_at:end],
            sequence=sequence,
            acknowledged=acknowledged,
            flags=Flags(flags & 0x1F),
        )

    def encode(self, identification: int = 0) -> bytes:
        """The IPv4 datagram.

        Args:
            identification: Its number among those of its sender.
        """
        source = ipaddress.IPv4Address(self.source.host).packed
        destination = ipaddress.IPv4Address(self.destination.host).packed
        upper = self._encode_upper()
        pseudo = source + destination + struct.pack(">BBH", 0, self.protocol, len(upper))
        check = checksum(pseudo + upper)
        place = 16 if self.protocol == TCP else 6
        if self.protocol == UDP:
            check = check or 0xFFFF  # zero would say that there is no checksum
        upper = upper[:place] + check.to_bytes(2) + upper[place + 2 :]
        fields = (0x45, 0, _IPV4.size + len(upper), identification & 0xFFFF, 0x4000, TIME_TO_LIVE)
        header = _IPV4.pack(*fields, self.protocol, 0, source, destination)
        header = header[:10] + checksum(header).to_bytes(2) + header[12:]
        return header + upper

    def _encode_upper(self) -> bytes:
        near, far = self.source.port, self.destination.port
        if self.protocol == UDP:
            return _UDP.pack(near, far, _UDP.size + len(self.payload), 0) + self.payload
        sequence, acknowledged = self.sequence & 0xFFFFFFFF, self.acknowledged & 0xFFFFFFFF
        return (
            _TCP.pack(near, far, sequence, acknowledged, 0x50, self.flags, WINDOW, 0, 0)
            + self.payload
        )


def checksum(octets: bytes) -> int:
    """The Internet checksum: the complement of the one's complement sum of words (RFC 1071)."""
    padded = octets + b"\x00" * (len(octets) & 1)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
