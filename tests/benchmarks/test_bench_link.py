"""HDLC frames of 128 octets: decoded, encoded, and found in a stream of 64-octet pieces."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from rig.bench import OURS, PEERS, measure, peer

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import UI, I, decode, decode_sound
from dlmslite.link.hdlc.resync import Resync

CLIENT, SERVER = Address(16), Address(1)
CHANCE = random.Random(1)
# Every sequence number, no two payloads alike; without flags, at which some peers cut.
FRAMES = [
    I(CLIENT, SERVER, n % 8, n // 8, information=bytes(CHANCE.choices(range(0x7E), k=117)))
    for n in range(64)
]
OCTETS = [frame.encode() for frame in FRAMES]
PAYLOADS = [frame.information for frame in FRAMES]
STREAM = b"".join(OCTETS) * 8
PIECES = [STREAM[at : at + 64] for at in range(0, len(STREAM), 64)]


def test_the_frames_have_128_octets() -> None:
    assert {len(octets) for octets in OCTETS} == {128}


def ours_decode() -> list[bytes]:
    return [decode(octets).information for octets in OCTETS]


def ours_encode() -> list[bytes]:
    return [frame.encode() for frame in FRAMES]


def ours_stream() -> list[bytes]:
    resync = Resync()
    return [decode_sound(body).information for piece in PIECES for body in resync.feed(piece)[0]]


def gurux() -> tuple[Any, ...]:
    internals = peer("gurux_dlms.GXDLMS").GXDLMS, peer("gurux_dlms.GXByteBuffer").GXByteBuffer
    client = peer("gurux_dlms").GXDLMSClient(True, 16, 1)
    return *internals, peer("gurux_dlms").GXReplyData, client.settings


def gurux_decode_work() -> Callable[[], list[bytes]]:
    dlms, buffer, reply_data, settings = gurux()
    # UI frames: it would refuse I frames whose numbers it has not counted itself.
    frames = [UI(CLIENT, SERVER, information=payload).encode() for payload in PAYLOADS]

    def work() -> list[bytes]:
        found = []
        for octets in frames:
            reply = buffer(octets)
            dlms.getHdlcData(False, settings, reply, reply_data(), None)
            found.append(octets[8:-3] if reply.position else b"")
        return found

    return work


def gurux_stream_work() -> Callable[[], list[bytes]]:
    dlms, buffer, reply_data, settings = gurux()
    frames = [UI(CLIENT, SERVER, information=payload).encode() for payload in PAYLOADS]
    stream = b"".join(frames) * 8
    pieces = [stream[at : at + 64] for at in range(0, len(stream), 64)]

    def work() -> list[bytes]:
        line, found = buffer(), []
        for piece in pieces:
            line.set(piece)
            while line.available():
                reply = reply_data()
                dlms.getHdlcData(False, settings, line, reply, None)
                if not reply.complete:
                    break
                end = reply.packetLength
                found.append(bytes(line.subArray(line.position, end - line.position)))
                line.position = end + 3  # behind the FCS and the closing flag
                line.trim()
        return found

    return work


def gurux_encode_work() -> Callable[[], list[bytes]]:
    dlms, buffer, _, settings = gurux()
    settings.isServer = True  # these are a meter's frames
    controls = [octets[5] for octets in OCTETS]

    def work() -> list[bytes]:
        pairs = zip(controls, PAYLOADS, strict=True)
        return [bytes(dlms.getHdlcFrame(settings, c, buffer(p))) for c, p in pairs]

    return work


def dlms_cosem_decode_work() -> Callable[[], list[bytes]]:
    frame = peer("dlms_cosem.hdlc.frames").InformationFrame
    return lambda: [frame.from_bytes(octets).payload for octets in OCTETS]


def dlms_cosem_encode_work() -> Callable[[], list[bytes]]:
    frame = peer("dlms_cosem.hdlc.frames").InformationFrame
    frames = [frame.from_bytes(octets) for octets in OCTETS]
    return lambda: [one.to_bytes() for one in frames]


def dlms_cosem_stream_work() -> Callable[[], list[bytes]]:
    frame = peer("dlms_cosem.hdlc.frames").InformationFrame
    connection = peer("dlms_cosem.hdlc.connection").HdlcConnection
    errors = peer("dlms_cosem.hdlc.exceptions").HdlcException
    address = peer("dlms_cosem.hdlc.address").HdlcAddress

    def work() -> list[bytes]:
        line, found = connection(address(16), address(1, None, "server")), []
        for piece in PIECES:
            line.buffer += piece  # what receive_data does, without its log line
            while (candidate := line._find_frame()) is not None:
                try:
                    found.append(frame.from_bytes(bytes(candidate)).payload)
                except errors:
                    continue
                line._tidy_buffer()
        return found

    return work


def pydlms_decode_work() -> Callable[[], list[bytes]]:
    decode_frame = peer("pydlms.hdlc.framing").decode_frame
    return lambda: [decode_frame(octets).info for octets in OCTETS]


def pydlms_encode_work() -> Callable[[], list[bytes]]:
    framing = peer("pydlms.hdlc.framing")
    frames = [framing.decode_frame(octets) for octets in OCTETS]
    return lambda: [framing.encode_frame(frame) for frame in frames]


def pydlms_stream_work() -> Callable[[], list[bytes]]:
    reader = peer("pydlms.hdlc.framing").FrameReader

    def work() -> list[bytes]:
        line = reader()
        return [frame.info for piece in PIECES for frame in line.feed(piece)]

    return work


DECODE = {
    OURS: lambda: ours_decode,
    "gurux-dlms": gurux_decode_work,
    "dlms-cosem": dlms_cosem_decode_work,
    "pydlms-client": pydlms_decode_work,
}
ENCODE = {
    OURS: lambda: ours_encode,
    "gurux-dlms": gurux_encode_work,
    "dlms-cosem": dlms_cosem_encode_work,
    "pydlms-client": pydlms_encode_work,
}
STREAMS = {
    OURS: lambda: ours_stream,
    "gurux-dlms": gurux_stream_work,
    "dlms-cosem": dlms_cosem_stream_work,
    "pydlms-client": pydlms_stream_work,
}


@pytest.mark.parametrize("who", [OURS, *PEERS])
def test_decode(benchmark: Any, who: str) -> None:
    work = DECODE[who]()
    assert work() == PAYLOADS
    measure(benchmark, "hdlc-decode", who, work, len(OCTETS))


@pytest.mark.parametrize("who", [OURS, *PEERS])
def test_encode(benchmark: Any, who: str) -> None:
    work = ENCODE[who]()
    assert work() == OCTETS
    measure(benchmark, "hdlc-encode", who, work, len(OCTETS))


@pytest.mark.parametrize("who", [OURS, *PEERS])
def test_stream_in_pieces_of_64_octets(benchmark: Any, who: str) -> None:
    work = STREAMS[who]()
    assert work() == PAYLOADS * 8
    measure(benchmark, "hdlc-stream", who, work, len(STREAM) / 1e6)
