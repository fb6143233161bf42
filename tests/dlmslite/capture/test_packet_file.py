"""pcap and pcapng: what is written is read, in either byte order, and from every kind of link."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.capture.packet_file import Found, PacketWriter, read
from dlmslite.errors import DecodeError, EncodeError

IP = b"\x45" + bytes(30)
MOMENT = 1_700_000_000_123_456_000  # nanoseconds, whole microseconds


def pcap(
    link: int, frame: bytes, *, order: str = "<", magic: int = 0xA1B2C3D4, part: int = 123_456
) -> bytes:
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + struct.pack(f"{order}IIII", 1_700_000_000, part, len(frame), len(frame)) + frame


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(f"{order}I", len(body) + 12)
    return struct.pack(f"{order}I", kind) + length + body + length


def pcapng(order: str = "<", options: bytes = b"", ticks: int = 1_000_000, kind: int = 6) -> bytes:
    section = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    interface = block(1, struct.pack(f"{order}HHI", 101, 0, 0) + options, order)
    moment = MOMENT * ticks // 1_000_000_000
    head = struct.pack(f"{order}IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, len(IP), len(IP))
    if kind == 3:
        head = struct.pack(f"{order}I", len(IP))
    return section + interface + block(5, b"statistics", order) + block(kind, head + IP, order)


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=1, max_size=30)), max_size=5)
)
def test_what_is_written_is_read(entries: list[tuple[int, bytes]]) -> None:
    stream = io.BytesIO()
    writer = PacketWriter(stream)
    for second, octets in entries:
        writer.write(second * 1_000_000_000 + 5_000, octets)

    expected = [Found(second * 1_000_000_000 + 5_000, octets) for second, octets in entries]
    assert list(read(stream.getvalue())) == expected


@pytest.mark.parametrize("moment", [-1, 2**32 * 1_000_000_000])
def test_a_time_that_does_not_fit_is_refused(moment: int) -> None:
    with pytest.raises(EncodeError, match="32 bits"):
        PacketWriter(io.BytesIO()).write(moment, IP)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_and_both_units_are_read(order: str) -> None:
    expected = [Found(MOMENT, IP)]

    assert list(read(pcap(101, IP, order=order))) == expected
    assert list(read(pcap(101, IP, order=order, magic=0xA1B23C4D, part=123_456_000))) == expected
    assert list(read(pcapng(order))) == expected


@pytest.mark.parametrize(
    ("options", "ticks"),
    [
        (struct.pack("<HHB3xHH", 9, 1, 9, 0, 0), 1_000_000_000),
        (struct.pack("<HHB3x", 9, 1, 6), 1_000_000),
        (struct.pack("<HH4sHHB3x", 2, 3, b"eth\x00", 9, 1, 0x80 | 30), 2**30),
    ],
)
def test_an_interface_of_pcapng_says_how_it_counts_time(options: bytes, ticks: int) -> None:
    (found,) = read(pcapng(options=options, ticks=ticks))

    assert abs(found.nanoseconds - MOMENT) < 2


def test_a_simple_packet_has_no_time() -> None:
    (found,) = read(pcapng(kind=3))

    assert (found.nanoseconds, found.octets[: len(IP)]) == (0, IP)


@pytest.mark.parametrize(
    ("link", "before"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x07\x08\x00"),
        (0, b"\x02\x00\x00\x00"),
        (101, b""),
        (228, b""),
        (113, bytes(14) + b"\x08\x00"),
        (276, b"\x08\x00" + bytes(18)),
    ],
)
def test_the_datagram_is_found_in_the_frames_of_each_link(link: int, before: bytes) -> None:
    assert [found.octets for found in read(pcap(link, before + IP))] == [IP]


@pytest.mark.parametrize(
    ("link", "frame"),
    [(1, bytes(12) + b"\x08\x06" + IP), (113, bytes(16) + IP), (276, bytes(20) + IP), (147, IP)],
)
def test_what_is_no_ip_is_passed_over(link: int, frame: bytes) -> None:
    assert list(read(pcap(link, frame))) == []


@pytest.mark.parametrize("octets", [pcap(101, IP), pcapng()])
def test_a_file_that_ends_in_a_packet_is_read_up_to_there(octets: bytes) -> None:
    for size in range(60, len(octets)):
        assert list(read(octets[:size])) in ([], [Found(MOMENT, IP)])


@given(st.binary(max_size=100))
def test_any_octets_are_packets_or_an_error(octets: bytes) -> None:
    for text in (
        octets,
        pcap(101, IP)[:24] + octets,
        pcapng()[:48] + octets,
        b"\x0a\x0d\x0d\x0a" + octets,
    ):
        try:
            list(read(text))
        except DecodeError as error:
            assert error.code in {"bad-magic", "truncated", "bad-block"}


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "truncated"),
        (b"hello world", "bad-magic"),
        (pcap(101, IP)[:20], "truncated"),
        (pcap(101, IP)[:32] + b"\xff\xff\xff\x7f" + bytes(4), "bad-block"),
        (pcapng()[:28] + struct.pack("<II", 6, 8) + bytes(40), "bad-block"),
        (pcapng()[:28] + block(6, bytes(20)), "bad-block"),
    ],
)
def test_what_is_broken_is_named(octets: bytes, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        list(read(octets))

    assert caught.value.code == code
