"""Pieces become frames; the last of each meter are kept and explained; no password among them."""

from __future__ import annotations

import json

import pytest

import dlmslite
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve
from dlmslite_daemon.clock import FakeClock, SystemClock
from dlmslite_daemon.meters import frames as module
from dlmslite_daemon.meters.frames import STRUCK, FrameRing, FrameTap, explained
from dlmslite_daemon.meters.traffic import TrafficCount

PASSWORD = "22222222"
UA = bytes.fromhex("7ea00703037382f67e")
DISC = bytes.fromhex("7ea00703035380d77e")
WPDU = bytes.fromhex("00010001000100026200")


@pytest.fixture
def ring() -> FrameRing:
    return FrameRing(FakeClock(utc_ms=5000), kept=3)


def pieces(*received: bytes) -> list[bytes]:
    kept: list[bytes] = []
    tap = FrameTap(lambda sent, octets: kept.append(octets))
    for piece in received:
        tap(False, piece)
    return kept


@pytest.mark.parametrize("frame", [UA, WPDU])
@pytest.mark.parametrize("cut", range(1, 8))
def test_a_frame_in_two_pieces_is_one_frame(frame: bytes, cut: int) -> None:
    assert pieces(frame[:cut], frame[cut:]) == [frame]


def test_octets_that_begin_no_frame_are_kept_as_they_came() -> None:
    text = b"Port already in use\r\n"
    assert pieces(text) == [text]


def test_a_frame_that_does_not_end_is_kept_when_the_next_one_goes_out() -> None:
    kept: list[tuple[bool, bytes]] = []
    tap = FrameTap(lambda sent, octets: kept.append((sent, octets)))
    tap(False, UA[:5])
    assert kept == []
    tap(True, DISC)
    assert kept == [(False, UA[:5]), (True, DISC)]


def test_the_last_frames_of_each_meter_are_kept_and_what_went_is_told(ring: FrameRing) -> None:
    tap, other = ring.tap("a", ""), ring.tap("b", "")
    for _ in range(4):
        tap(True, DISC)
    other(True, UA)
    assert [frame.number for frame in ring.recent("a")] == [2, 3, 4]
    assert [frame.number for frame in ring.recent("b", 1)] == [5]
    assert ring.recent("a", since_ms=5001) == []
    assert ring.newest == 5
    page = ring.after(0, "a")
    assert ([frame.number for frame in page.frames], page.cursor, page.lost) == ([2, 3, 4], 5, True)
    assert ring.after(1, "a").lost is False
    assert ring.after(5, "a").frames == ()
    ring.forget("a")
    assert ring.recent("a") == []


def test_only_so_many_meters_are_remembered(
    ring: FrameRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "METERS_MAX", 2)
    for name in "abc":
        ring.tap(name, "")(True, UA)
    assert [bool(ring.recent(name)) for name in "abc"] == [False, True, True]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_whole_session_is_explained_and_its_password_is_nowhere(framing: str) -> None:
    ring = FrameRing(SystemClock())
    traffic = TrafficCount(SystemClock(), ring.tap("kitchen", PASSWORD))
    with (
        serve(single_phase(days=1), framing=framing) as meter,
        dlmslite.connect(meter.url, client=1, auth=dlmslite.Lls(PASSWORD), trace=traffic) as client,
    ):
        client.read("1.1.32.7.0.255")
    kept = ring.recent("kitchen")
    trees = [frame.tree() for frame in kept]
    apdus = [tree["apdu"]["apdu"] for tree in trees if tree and "apdu" in tree]
    assert apdus[:3] == ["aarq", "aare", "get-request-normal"]
    shown = json.dumps(trees, ensure_ascii=False) + repr(kept)
    assert STRUCK in shown
    assert PASSWORD not in shown
    assert PASSWORD.encode().hex() not in shown
    assert all(PASSWORD.encode() not in frame.octets for frame in kept)


def test_a_short_password_is_struck_where_it_is_shown_and_nowhere_else(ring: FrameRing) -> None:
    tap = ring.tap("a", "\x03")
    tap(True, DISC)
    assert ring.recent("a")[0].octets == DISC


def test_nothing_can_be_made_of_noise() -> None:
    assert explained(b"\x55\xaa") is None
    assert explained(UA) is not None


SNRM = bytes.fromhex("7ea0070303930000007e")


def test_how_the_last_session_began_stays_in_the_capture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = FrameRing(FakeClock(), kept=2)
    monkeypatch.setattr(module, "OPENING", 4)
    tap = ring.tap("kitchen", "PASSWORD")
    for octets in (b"\x01old", SNRM, b"\x01ua", b"\x01`PASSWORD", b"\x01aare", *[b"\x01get"] * 5):
        tap(True, octets)
    octets = ring.capture("kitchen", "tcp+hdlc://h:1", redacted=False)
    assert octets is not None
    header, *events = map(json.loads, octets.splitlines())
    assert (header["framing"], header["endpoint"]) == ("hdlc", "tcp+hdlc://h:1")
    said = [bytes.fromhex(event["octets"]) for event in events]
    assert said == [SNRM, b"\x01ua", b"\x01`********", b"\x01aare", b"\x01get", b"\x01get"]
    assert ring.capture("cellar", "", redacted=False) is None
    ring.forget("kitchen")
    assert ring.capture("kitchen", "", redacted=False) is None


def test_an_association_in_the_wrapper_begins_a_session() -> None:
    ring = FrameRing(FakeClock(), kept=1)
    tap = ring.tap("kitchen", "")
    aarq = bytes.fromhex("0001001000010001") + b"`"
    tap(True, aarq)
    tap(True, b"\x00\x01later")
    octets = ring.capture("kitchen", "", redacted=False)
    assert octets is not None
    assert aarq.hex() in octets.decode()
