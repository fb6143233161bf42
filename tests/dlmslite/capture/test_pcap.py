"""Captures as packets: Wireshark sees every octet, and what others captured is put in order."""

from __future__ import annotations

import datetime as dt
import io
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.captures import STARTED, event, recorded, streams
from rig.required import program
from strategies.captures import wire_events

from dlmslite.capture.base import (
    CLOSED_BY_CLIENT,
    CLOSED_BY_METER,
    CONNECTED,
    Capture,
    Header,
)
from dlmslite.capture.packet_file import PacketWriter
from dlmslite.capture.packets import UDP, Flags, Packet, Station
from dlmslite.capture.pcap import PcapWriter, decode
from dlmslite.errors import DecodeError, EncodeError
from dlmslite.simulator.models.three_phase import LOAD_PROFILE, three_phase
from dlmslite.trace import Direction, TraceEvent

SENT, RECEIVED, INTERNAL = Direction.SENT, Direction.RECEIVED, Direction.INTERNAL
CLIENT, METER = Station("10.0.0.1", 50_000), Station("10.0.0.2", 4059)


def written(capture: Capture) -> bytes:
    stream = io.BytesIO()
    writer = PcapWriter(stream, capture.header)
    for one in capture.events:
        writer.write(one)
    writer.close()
    return stream.getvalue()


def of(*events: TraceEvent, framing: str = "hdlc", datagrams: bool = False) -> Capture:
    return Capture(Header(started=STARTED, framing=framing, datagrams=datagrams), events)


def merged(events: Iterable[TraceEvent]) -> list[tuple[Direction, bytes]]:
    """What was said in turns, without the borders of packets."""
    turns: list[tuple[Direction, bytes]] = []
    for one in events:
        if turns and turns[-1][0] is one.direction:
            turns[-1] = (one.direction, turns[-1][1] + one.octets)
        else:
            turns.append((one.direction, one.octets))
    return turns


# ---------------------------------------------------------------- there and back


@given(st.lists(wire_events, min_size=1, max_size=12))
def test_every_octet_comes_back_in_its_direction_and_connection(events: list[TraceEvent]) -> None:
    capture = of(*events)

    back = decode(written(capture))

    assert sorted(streams(back).values()) == sorted(streams(capture).values())
    assert merged(back.octets_on_the_wire()) == merged(events)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_conversation_comes_back_with_framing_and_times(framing: str) -> None:
    capture = recorded(framing)

    back = decode(written(capture))

    assert back.header.framing == framing
    assert streams(back) == streams(capture)
    first, second = (
        [one.header.time_of(item) for item in one.octets_on_the_wire()] for one in (capture, back)
    )
    assert len(first) == len(second)
    assert all(
        abs(a - b) <= dt.timedelta(microseconds=1) for a, b in zip(first, second, strict=True)
    )


def test_a_long_piece_is_cut_into_segments_and_joined_again() -> None:
    capture = of(event(bytes(range(256)) * 600, RECEIVED))

    assert streams(decode(written(capture))) == streams(capture)


@given(st.lists(wire_events, min_size=1, max_size=8))
def test_datagrams_keep_their_borders(events: list[TraceEvent]) -> None:
    back = decode(written(of(*events, datagrams=True)))

    assert back.header.datagrams
    assert [(one.direction, one.octets) for one in back.events] == [
        (one.direction, one.octets) for one in events
    ]


def test_a_datagram_that_udp_cannot_carry_is_refused() -> None:
    with pytest.raises(EncodeError, match="datagram"):
        written(of(event(bytes(65_508)), datagrams=True))


def test_connections_begin_and_end_as_they_did() -> None:
    capture = of(
        event(note=CONNECTED, direction=INTERNAL),
        event(b"\x7e\xa0"),
        event(note=CLOSED_BY_METER, direction=INTERNAL),
        event(note=CONNECTED, direction=INTERNAL, connection=2),
        event(b"\x7e\xa1", connection=2),
        event(note=CLOSED_BY_CLIENT, direction=INTERNAL, connection=2),
        event(note="a remark of ours", direction=INTERNAL),
    )

    back = decode(written(capture))

    assert [(one.note, one.octets) for one in back.events] == [
        (one.note, one.octets) for one in capture.events[:-1]
    ]


# ---------------------------------------------------------------- Wireshark


def tshark(path: Path, *options: str) -> str:
    command = [program("tshark"), "-r", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


CHECKED = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
# Warnings and errors of its experts; 0 is a bad checksum.
EXPERTS = "_ws.expert.severity >= 6291456 or tcp.analysis.flags"
COMPLAINTS = f"{EXPERTS} or ip.checksum.status == 0 or tcp.checksum.status == 0"


@pytest.fixture(params=["hdlc", "wrapper", "large"])
def conversation(request: pytest.FixtureRequest) -> Capture:
    if request.param == "large":
        profile = three_phase(days=35)
        return recorded(
            "wrapper", lambda client: list(client.profile(LOAD_PROFILE).rows()), meter=profile
        )
    return recorded(request.param)


def test_wireshark_follows_the_stream_and_every_octet_is_there(
    conversation: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(written(conversation))

    followed = tshark(path, "-q", "-z", "follow,tcp,raw,0").splitlines()
    lines = [
        line for line in followed if line.strip() and set(line.strip()) <= set("0123456789abcdef")
    ]

    assert (
        b"".join(bytes.fromhex(line) for line in lines if not line.startswith("\t"))
        == (streams(conversation)[1, SENT])
    )
    assert (
        b"".join(bytes.fromhex(line) for line in lines if line.startswith("\t"))
        == (streams(conversation)[1, RECEIVED])
    )


def test_wireshark_has_nothing_to_complain_about(conversation: Capture, tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(written(conversation))

    assert tshark(path, *CHECKED, "-Y", COMPLAINTS) == ""
    ports = set(tshark(path, "-T", "fields", "-e", "tcp.dstport", "-Y", "tcp.flags.syn==1").split())
    assert ports == {"4059", "49152"}


@pytest.mark.parametrize("place", [-1, -20])
def test_wireshark_complains_where_an_octet_is_changed(place: int, tmp_path: Path) -> None:
    # Else the test above would prove nothing.
    path = tmp_path / "capture.pcap"
    octets = bytearray(written(recorded()))
    octets[place] ^= 0x55
    path.write_bytes(bytes(octets))

    assert tshark(path, *CHECKED, "-Y", COMPLAINTS) != ""


def test_wireshark_sees_datagrams(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(written(of(event(b"\x00\x01ab"), event(b"cd", RECEIVED), datagrams=True)))

    shown = tshark(
        path,
        "-o",
        "udp.check_checksum:TRUE",
        "-T",
        "fields",
        "-e",
        "udp.dstport",
        "-e",
        "udp.payload",
    )

    assert shown.split() == ["4059", "00016162", "49152", "6364"]
    assert tshark(path, "-o", "udp.check_checksum:TRUE", "-Y", "udp.checksum.status == 0") == ""


def test_wireshark_sees_the_time_on_the_wall(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(written(of(event(b"\x7e", at=1.25))))

    shown = tshark(path, "-T", "fields", "-e", "frame.time_epoch", "-Y", "tcp.len > 0")

    assert float(shown) == STARTED.timestamp() + 1.25


def test_a_file_that_wireshark_wrote_is_read(tmp_path: Path) -> None:
    capture = recorded()
    ours, theirs = tmp_path / "ours.pcap", tmp_path / "theirs.pcapng"
    ours.write_bytes(written(capture))
    tshark(ours, "-F", "pcapng", "-w", str(theirs))

    assert theirs.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert streams(decode(theirs.read_bytes())) == streams(capture)


# ---------------------------------------------------------------- captures of others


def packet(octets: bytes, at: int, *, back: bool = False, flags: Flags = Flags.ACK) -> Packet:
    source, destination = (METER, CLIENT) if back else (CLIENT, METER)
    return Packet(source=source, destination=destination, payload=octets, sequence=at, flags=flags)


def file_of(*packets: Packet) -> bytes:
    stream = io.BytesIO()
    writer = PacketWriter(stream)
    for number, one in enumerate(packets):
        writer.write(number * 1_000_000, one.encode())
    return stream.getvalue()


@given(
    st.randoms(use_true_random=False),
    st.binary(min_size=1, max_size=200),
    st.integers(0, 2**32 - 1),
)
def test_segments_in_any_order_and_more_than_once_give_the_stream(
    chance: random.Random, octets: bytes, first: int
) -> None:
    pieces, start = [], 0
    while start < len(octets):
        size = chance.randint(1, 40)
        pieces.append(packet(octets[start : start + size], (first + 1 + start) % 2**32))
        start += size
    again = [packet(octets[a : a + 30], (first + 1 + a) % 2**32) for a in range(0, len(octets), 25)]
    shuffled = [*pieces, *again]
    chance.shuffle(shuffled)

    back = decode(file_of(packet(b"", first, flags=Flags.SYN), *shuffled))

    assert streams(back) == {(1, SENT): octets}


def test_what_was_not_captured_is_said_and_the_rest_is_read() -> None:
    back = decode(file_of(packet(b"\x7e\xa0", 100), packet(b"end", 112)))

    assert [(one.note, one.octets) for one in back.events] == [
        ("", b"\x7e\xa0"),
        ("10 octets are not in the capture", b""),
        ("", b"end"),
    ]


def test_a_hole_does_not_hold_back_a_long_capture_for_ever() -> None:
    behind = [packet(b"x", 200 + number) for number in range(3000)]

    back = decode(file_of(packet(b"\x7e\xa0", 100), *behind))

    assert streams(back)[1, SENT] == b"\x7e\xa0" + b"x" * 3000
    assert [one.note for one in back.events if one.note] == ["98 octets are not in the capture"]


def test_only_the_port_of_the_meter_is_read() -> None:
    other = Packet(
        source=CLIENT, destination=Station("10.0.0.3", 80), payload=b"GET /", flags=Flags.ACK
    )

    back = decode(file_of(other, packet(b"\x7e\xa0", 1)))

    assert streams(back) == {(1, SENT): b"\x7e\xa0"}


@pytest.mark.parametrize("first", [b"\x7e\xa0\x07", b"\x00\x01\x00\x10"])
def test_where_4059_is_not_there_streams_that_look_like_dlms_are_taken(first: bytes) -> None:
    meter = Station("10.0.0.2", 3333)
    asks = Packet(source=CLIENT, destination=meter, payload=first, flags=Flags.ACK)
    answers = Packet(source=meter, destination=CLIENT, payload=first, flags=Flags.ACK)
    noise = Packet(
        source=CLIENT, destination=Station("10.0.0.9", 22), payload=b"SSH", flags=Flags.ACK
    )

    back = decode(file_of(noise, asks, answers))

    assert streams(back) == {(1, SENT): first, (1, RECEIVED): first}


def test_a_named_port_is_taken_whatever_is_said_there() -> None:
    strange = Packet(
        source=CLIENT, destination=Station("10.0.0.2", 99), payload=b"?", flags=Flags.ACK
    )

    assert streams(decode(file_of(strange), port=99)) == {(1, SENT): b"?"}


@pytest.mark.parametrize("port", [None, 1234])
def test_a_file_without_a_conversation_says_so(port: int | None) -> None:
    other = Packet(
        source=CLIENT, destination=Station("10.0.0.3", 80), payload=b"GET /", protocol=UDP
    )

    with pytest.raises(DecodeError, match="no packet of a DLMS conversation"):
        decode(file_of(other), port=port)


def test_a_port_that_is_used_again_is_another_connection() -> None:
    back = decode(
        file_of(
            packet(b"", 10, flags=Flags.SYN),
            packet(b"\x7e\xa0", 11),
            packet(b"", 13, flags=Flags.FIN),
            packet(b"", 500, flags=Flags.SYN),
            packet(b"\x7e\xa1", 501),
            packet(b"", 0, back=True, flags=Flags.RST),
        )
    )

    assert streams(back) == {(1, SENT): b"\x7e\xa0", (2, SENT): b"\x7e\xa1"}
    assert [one.note for one in back.events if one.note] == [
        CONNECTED,
        CLOSED_BY_CLIENT,
        CONNECTED,
        CLOSED_BY_METER,
    ]
