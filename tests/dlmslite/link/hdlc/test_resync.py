from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.feeding import check, pieces
from rig.work import lines
from strategies.frames import frames

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RR, SNRM, Frame, I
from dlmslite.link.hdlc.resync import FRAME_MAX, Noise, Resync, fault

CLIENT, SERVER = Address(16), Address(1)
SMALL = RR(CLIENT, SERVER, 1).encode()
LARGE = I(CLIENT, SERVER, 1, 2, information=bytes(range(100, 256))).encode()


def bodies(*encoded: bytes) -> list[bytes]:
    return [octets[1:-1] for octets in encoded]


def make() -> Callable[[bytes], list[bytes]]:
    resync = Resync()
    return lambda octets: resync.feed(octets)[0]


@given(st.lists(frames(max_size=200), max_size=6), st.integers(0, 5), st.integers())
def test_h11_frames_come_out_whatever_the_pieces(sent: list[Frame], flags: int, seed: int) -> None:
    encoded = [frame.encode() for frame in sent]
    octets = (b"\x7e" * flags).join(encoded)
    check(make, octets, bodies(*encoded), tail=b"\x00\x11", seed=seed)


def test_h06_one_flag_between_two_frames() -> None:
    check(make, SMALL[:-1] + LARGE[:-1] + SMALL, bodies(SMALL, LARGE, SMALL))


def test_h06_idle_flags_are_no_noise() -> None:
    frames_found, noise = Resync().flush(b"\x7e" * 40 + SMALL + b"\x7e" * 40 + LARGE + b"\x7e" * 9)
    assert frames_found == bodies(SMALL, LARGE)
    assert noise == []


def test_h07_a_corrupt_length_costs_nothing_but_itself() -> None:
    resync = Resync()
    found, noise = resync.feed(b"\x7e\xa7\xff" + SMALL)
    assert found == bodies(SMALL)
    assert [entry.octets for entry in noise] == [b"\x7e\xa7\xff"]


def test_h07_a_corrupt_length_fails_with_its_hcs() -> None:
    damaged = bytearray(LARGE)
    damaged[1:3] = b"\xa7\xf0"
    resync = Resync()
    found, _ = resync.feed(bytes(damaged) + SMALL)
    assert found == bodies(SMALL)


def test_h08_noise_is_skipped_and_counted() -> None:
    found, noise = Resync().feed(b"\x00\xff\x12" + SMALL + b"\x33\x7e\x44" + LARGE)
    assert found == bodies(SMALL, LARGE)
    assert noise == [Noise(b"\x00\xff\x12", "noise"), Noise(b"\x33\x7e\x44", "noise")]


@pytest.mark.parametrize("cut", range(1, len(LARGE) - 1))
def test_h09_the_stump_of_a_frame_loses_only_itself(cut: int) -> None:
    resync = Resync()
    found, _ = resync.feed(LARGE[:cut] + SMALL + LARGE)
    late, _ = resync.flush()
    assert [*found, *late] == bodies(SMALL, LARGE)


def test_h10_a_bad_fcs_drops_only_that_frame() -> None:
    damaged = bytearray(LARGE)
    damaged[-2] ^= 1
    found, noise = Resync().feed(SMALL + bytes(damaged) + SMALL)
    assert found == bodies(SMALL, SMALL)
    assert [(entry.reason, len(entry.octets)) for entry in noise] == [("bad-fcs", len(LARGE) - 1)]


def test_a_bad_fcs_may_share_its_closing_flag() -> None:
    damaged = bytearray(LARGE)
    damaged[-2] ^= 1
    assert Resync().feed(bytes(damaged[:-1]) + SMALL)[0] == bodies(SMALL)


def test_a_frame_behind_a_false_start_comes_out_at_the_end_of_input() -> None:
    # A sound header whose end never comes: the length says more than is ever sent.
    resync = Resync()
    found, _ = resync.feed(LARGE[:12] + SMALL)
    assert found == []
    assert resync.is_waiting
    found, noise = resync.flush()
    assert found == bodies(SMALL)
    assert [entry.reason for entry in noise] == ["truncated"]
    assert not resync.is_waiting


@pytest.mark.parametrize("start", ["7ea050", "7ea07e", "7ea7ff", "7ea007", "7ea0", "7e"])
def test_a_false_start_delays_no_frame_beyond_the_end_of_input(start: str) -> None:
    resync = Resync()
    found, _ = resync.feed(bytes.fromhex(start) + SMALL)
    late, _ = resync.flush()
    assert found + late == bodies(SMALL)


junk = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"\x7e\xa7\xff", b"\x7e\xa0\x07\x7e", LARGE[:20], LARGE[20:], b"\x7e\x7e"]),
)


@given(st.lists(st.one_of(junk, st.sampled_from([SMALL, LARGE])), max_size=12), st.integers())
def test_every_undamaged_frame_is_delivered(parts: list[bytes], seed: int) -> None:
    # Junk that happens to end in LARGE's head and tail would make a frame of its own: more is fine.
    octets = b"".join(parts)
    whole = [part for part in parts if part in {SMALL, LARGE}]
    for name, cut in pieces(octets, seed):
        resync = Resync()
        found = []
        for part in cut:
            found += resync.feed(part)[0]
            assert len(resync._rest) <= FRAME_MAX + 2, name
        found += resync.flush()[0]
        remaining = iter(found)
        assert all(body in remaining for body in bodies(*whole)), name


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    octets = bytearray(draw(frames(max_size=40)).encode())
    octets[draw(st.integers(0, len(octets) - 1))] ^= draw(st.integers(1, 255))
    return bytes(octets)


@given(
    st.lists(
        st.one_of(frames(max_size=40).map(lambda frame: frame.encode()), damaged(), junk),
        max_size=8,
    ),
    st.integers(0, 60),
)
def test_the_short_way_and_the_full_scan_find_the_same(parts: list[bytes], missing: int) -> None:
    octets = b"".join(parts)
    octets = octets[: max(len(octets) - missing, 0)]
    short, full = Resync(), Resync()
    assert short.feed(octets) == full._scan(octets, final=False)
    assert (short._rest, short._needed) == (full._rest, full._needed)


@given(st.binary(max_size=300))
def test_octets_are_frames_noise_or_flags_and_nothing_is_lost(octets: bytes) -> None:
    resync = Resync()
    found, noise = resync.feed(octets)
    late, late_noise = resync.flush()
    kept = sum(map(len, found + late)) + sum(len(n.octets) for n in noise + late_noise)
    assert octets.count(b"\x7e") + kept >= len(octets) >= kept


def test_a_waiting_frame_is_bounded() -> None:
    resync = Resync()
    longest = I(CLIENT, SERVER, 0, 0, information=bytes(2038)).encode()
    for _ in range(50):
        resync.feed(longest[:-1])
        assert len(resync._rest) <= FRAME_MAX + 1


def test_the_work_is_linear() -> None:
    # Starts with a sound header in every dozen octets, each of which announces a long frame.
    hostile = LARGE[:12] * 500
    few = lines(lambda: Resync().flush(hostile))
    assert lines(lambda: Resync().flush(hostile * 4)) < 4.1 * few


def test_reset_forgets_what_waits() -> None:
    resync = Resync()
    resync.feed(LARGE[:30])
    resync.reset()
    assert resync.feed(LARGE[30:] + SMALL)[0] == bodies(SMALL)


def test_random_damage_loses_only_damaged_frames() -> None:
    chance = Random(4)
    sent = [
        I(SERVER, CLIENT, n % 8, 0, information=chance.randbytes(chance.randint(1, 120)))
        for n in range(200)
    ]
    octets, good = b"", []
    for frame in [SNRM(SERVER, CLIENT), *sent]:
        encoded = bytearray(frame.encode())
        if chance.random() < 0.3:
            encoded[chance.randrange(1, len(encoded) - 1)] ^= 1 << chance.randrange(8)
        else:
            good.append(bytes(encoded[1:-1]))
        octets += bytes(encoded)
    found, _ = Resync().flush(octets)
    assert found == good


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("a0070000000100", "bad-address-length"),
        ("a00800000001032110", "length-mismatch"),
        ("a009000000010321aabb", "length-mismatch"),
        ("a00800000001032193"[:16], "too-short"),
        ("a00803212193aabb", "too-short"),
    ],
)
def test_a_header_that_does_not_fit_its_length_is_a_fault(body: str, reason: str) -> None:
    assert fault(bytes.fromhex(body)) == reason


@pytest.mark.parametrize("start", ["7ea0080000000103", "7ea003", "7ea00903040608"])
def test_a_beginning_that_can_be_no_frame_holds_nothing_up(start: str) -> None:
    resync = Resync()
    found, noise = resync.feed(bytes.fromhex(start) + SMALL)
    assert found == bodies(SMALL)
    assert noise[0].octets.hex() == start
