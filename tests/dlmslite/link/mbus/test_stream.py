from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import check, pieces
from rig.shared_vectors import load
from rig.work import lines
from strategies.frames import mbus_frames

from dlmslite.errors import FramingError
from dlmslite.link.mbus.frames import FRAME_MAX, MbusFrame
from dlmslite.link.mbus.stream import MbusStream, Noise
from dlmslite.link.mbus.telegrams import Telegrams

SMALL = MbusFrame(data=b"\x0f\x16\x68").encode()
LARGE = MbusFrame(segment=1, data=bytes(range(200))).encode()
PUSHES = [v for v in load("push") if (v["expected"] or {}).get("transport") == "mbus"]
BROKEN = {v["id"]: v for v in load("push") if v["id"] in {"push-bad-gh539-1", "push-bad-gh301-1"}}


def make() -> Callable[[bytes], list[bytes]]:
    stream = MbusStream()
    return lambda octets: stream.feed(octets)[0]


def telegrams(octets: bytes) -> list[bytes]:
    joining = Telegrams()
    joined = [joining.add(MbusFrame.decode(frame)) for frame in MbusStream().flush(octets)[0]]
    return [telegram for telegram in joined if telegram is not None]


@given(st.lists(mbus_frames(), max_size=4), st.integers())
def test_frames_come_out_whatever_the_pieces(sent: list[MbusFrame], seed: int) -> None:
    encoded = [frame.encode() for frame in sent]
    check(make, b"".join(encoded), encoded, tail=b"\x68\x11", seed=seed)


@pytest.mark.parametrize("vector", PUSHES, ids=lambda vector: vector["id"])
def test_the_framing_of_pushes(vector: dict) -> None:
    octets, expected = bytes.fromhex(vector["hex"]), vector["expected"]
    assert len(MbusStream().flush(octets)[0]) == expected["frames"]
    assert [telegram.hex() for telegram in telegrams(octets)] == [expected["apdu_hex"]]


def test_the_first_of_two_frames_is_no_telegram() -> None:
    octets = bytes.fromhex(BROKEN["push-bad-gh539-1"]["hex"])
    assert len(MbusStream().flush(octets)[0]) == 1
    assert telegrams(octets) == []


def test_lost_octets_are_a_bad_checksum() -> None:
    vector = BROKEN["push-bad-gh301-1"]
    found, noise = MbusStream().flush(bytes.fromhex(vector["hex"]))
    assert telegrams(b"".join(found[:1])) == []
    assert noise[0].reason in {vector["reason"], "bad-stop"}


def test_a_capture_of_a_sagemcom_meter() -> None:
    (vector,) = [v for v in load("stream") if v["id"] == "stream-mbus-sagemcom"]
    octets, expected = bytes.fromhex(vector["hex"]), vector["expected"]
    found, noise = MbusStream().flush(octets)
    assert (len(found), noise) == (expected["frames"], [])
    assert len(telegrams(octets)) == expected["telegrams"]
    check(make, octets, found)


def test_noise_between_frames_is_skipped_and_named() -> None:
    found, noise = MbusStream().flush(b"\x00\x11" + SMALL + b"\xe5" + LARGE + b"\x68\x07")
    assert found == [SMALL, LARGE]
    assert noise == [
        Noise(b"\x00\x11", "noise"),
        Noise(b"\xe5", "noise"),
        Noise(b"\x68\x07", "truncated"),
    ]


@pytest.mark.parametrize("cut", range(1, len(LARGE)))
def test_the_stump_of_a_frame_loses_only_itself(cut: int) -> None:
    stream = MbusStream()
    found = stream.feed(LARGE[:cut] + SMALL + LARGE)[0] + stream.flush()[0]
    assert found == [SMALL, LARGE]


junk = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([LARGE[:20], LARGE[20:], b"\x68", b"\x68\x01\x01\x68", b"\x68\x68\x68\x68"]),
)


@given(st.lists(st.one_of(junk, st.sampled_from([SMALL, LARGE])), max_size=10), st.integers())
def test_every_undamaged_frame_is_delivered(parts: list[bytes], seed: int) -> None:
    # Junk that happens to make a frame of its own is fine: there is more then.
    octets = b"".join(parts)
    whole = [part for part in parts if part in {SMALL, LARGE}]
    for name, cut in pieces(octets, seed):
        stream = MbusStream()
        found = []
        for part in cut:
            found += stream.feed(part)[0]
            assert len(stream._rest) < FRAME_MAX, name
        remaining = iter(found + stream.flush()[0])
        assert all(frame in remaining for frame in whole), name


@given(st.binary(max_size=200))
def test_octets_are_frames_or_noise_and_nothing_is_lost(octets: bytes) -> None:
    found, noise = MbusStream().flush(octets)
    assert sum(map(len, found)) + sum(len(entry.octets) for entry in noise) == len(octets)


# Every octet begins a candidate, and each of them has a right stop octet.
@pytest.mark.parametrize("pattern", [b"\x68", b"\x68\x03\x03\x68\x16", LARGE[:20]])
def test_the_work_is_linear(pattern: bytes) -> None:
    few = lines(lambda: MbusStream().flush(pattern * 1000))
    assert lines(lambda: MbusStream().flush(pattern * 4000)) < 4.1 * few


def test_reset_forgets_what_waits() -> None:
    stream = MbusStream()
    stream.feed(LARGE[:30])
    assert stream.is_waiting
    stream.reset()
    assert stream.feed(LARGE[30:] + SMALL)[0] == [SMALL]
    assert not stream.is_waiting


def test_decoding_a_frame_that_came_out_fails_for_its_contents_alone() -> None:
    with pytest.raises(FramingError, match="no-segment"):
        MbusFrame.decode(MbusStream().flush(bytes.fromhex("68030368530072c516"))[0][0])
