"""TCP and UDP in IP: what is written is read, checksums are right, foreign packets do no harm."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.capture.packets import TCP, UDP, Flags, Packet, Station, checksum

A, B = Station("192.0.2.1", 50_000), Station("192.0.2.2", 4059)

packets = st.one_of(
    st.builds(
        Packet,
        source=st.just(A),
        destination=st.just(B),
        payload=st.binary(max_size=50),
        sequence=st.integers(0, 0xFFFFFFFF),
        acknowledged=st.integers(0, 0xFFFFFFFF),
        flags=st.integers(0, 31).map(Flags),
    ),
    st.builds(
        Packet,
        source=st.just(A),
        destination=st.just(B),
        protocol=st.just(UDP),
        payload=st.binary(max_size=50),
    ),
)


@given(packets)
def test_a_packet_comes_back_as_it_was(packet: Packet) -> None:
    assert Packet.decode(packet.encode()) == packet


@given(packets)
def test_the_checksums_are_right(packet: Packet) -> None:
    octets = packet.encode()
    header, upper = octets[:20], octets[20:]
    pseudo = octets[12:20] + struct.pack(">BBH", 0, packet.protocol, len(upper))

    assert checksum(header) == 0
    assert checksum(pseudo + upper) == 0


def test_the_checksum_is_the_example_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF ^ 0xDDF2


def test_a_udp_checksum_is_never_zero_since_that_would_say_that_there_is_none() -> None:
    for number in range(0x10000):
        packet = Packet(source=A, destination=B, protocol=UDP, payload=number.to_bytes(2))
        if packet.encode()[26:28] == b"\xff\xff":
            return
    pytest.fail("no payload gives a checksum of zero")


@given(st.binary(max_size=80))
def test_any_octets_are_a_packet_or_none(octets: bytes) -> None:
    Packet.decode(octets)
    Packet.decode(b"\x45" + octets)
    Packet.decode(b"\x60" + octets)


def test_an_ipv6_packet_is_read_behind_its_extension_headers() -> None:
    tcp = struct.pack(">HHIIBBHHH", 50_000, 4059, 7, 8, 0x50, Flags.ACK, 1, 0, 0) + b"\x7e"
    options = bytes([TCP, 0]) + bytes(6)
    header = (
        struct.pack(">IHBB", 6 << 28, len(options + tcp), 0, 64)
        + bytes(15)
        + b"\x01"
        + bytes(15)
        + b"\x02"
    )

    packet = Packet.decode(header + options + tcp)

    assert packet is not None
    assert (packet.source, packet.destination) == (Station("::1", 50_000), Station("::2", 4059))
    assert packet.payload == b"\x7e"


def test_padding_behind_the_datagram_is_no_payload() -> None:
    packet = Packet(source=A, destination=B, payload=b"\x7e")

    assert Packet.decode(packet.encode() + bytes(5)) == packet


def test_a_fragment_and_another_protocol_are_passed_over() -> None:
    octets = bytearray(Packet(source=A, destination=B, payload=b"\x7e").encode())
    fragment = octets[:6] + b"\x20\x00" + octets[8:]
    other = octets[:9] + b"\x01" + octets[10:]

    assert Packet.decode(bytes(fragment)) is None
    assert Packet.decode(bytes(other)) is None
