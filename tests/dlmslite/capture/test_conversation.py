"""Frames and APDUs are found in a capture with their places, joined, and heard once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.captures import STARTED, event, recorded

from dlmslite.apdu.base import decode as decode_apdu
from dlmslite.capture.base import Capture, Header
from dlmslite.capture.conversation import UnitFinder, information, spoken
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import RR, SNRM, UI, Frame, I
from dlmslite.link.wrapper import Wpdu
from dlmslite.trace import Direction, TraceEvent

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED
METER, CLIENT = Address(1), Address(16)
COMMAND = b"\xe6\xe6\x00"


def capture(*events: TraceEvent, framing: str = "hdlc") -> Capture:
    return Capture(Header(started=STARTED, framing=framing), events)


def said(*frames: Frame | bytes) -> list[bytes]:
    octets = [one if isinstance(one, bytes) else one.encode() for one in frames]
    return [one.octets for one in spoken(capture(*map(event, octets)))]


def segment(ns: int, octets: bytes, *, more: bool = False) -> I:
    return I(METER, CLIENT, ns, 0, True, more, octets)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_requests_and_answers_of_a_conversation_alternate_and_decode(framing: str) -> None:
    found = list(spoken(recorded(framing)))

    assert len(found) > 10
    assert {one.direction for one in found[::2]} == {SENT}
    assert {one.direction for one in found[1::2]} == {RECEIVED}
    names = [decode_apdu(one.octets).NAME for one in found]
    assert names[:2] == ["aarq", "aare"]
    assert "get-response-with-datablock" in names
    assert any(len(one.units) > 1 for one in found) == (framing == "hdlc")


@given(st.randoms(use_true_random=False), st.lists(st.binary(min_size=1, max_size=20), max_size=6))
def test_every_unit_stands_where_it_says(chance: random.Random, payloads: list[bytes]) -> None:
    stream = b""
    for number, payload in enumerate(payloads):
        stream += chance.randbytes(chance.randint(0, 4)) + segment(number % 8, payload).encode()
    finder = UnitFinder("hdlc")
    units = []
    place = 0
    while place < len(stream):
        size = chance.randint(1, 30)
        units += finder.feed(stream[place : place + size])
        place += size
    units += finder.flush()

    assert [stream[unit.start : unit.start + len(unit.octets)] for unit in units] == [
        unit.octets for unit in units
    ]
    assert [information(unit) for unit in units] == payloads


def test_frames_that_share_a_flag_are_both_found() -> None:
    one, two = segment(0, b"one").encode(), segment(1, b"two").encode()
    finder = UnitFinder("hdlc")

    units = finder.feed(one + two[1:])

    assert [(unit.start, information(unit)) for unit in units] == [
        (0, b"one"),
        (len(one) - 1, b"two"),
    ]


def test_wrapped_apdus_are_found_among_garbage() -> None:
    wpdu = Wpdu(16, 1, b"apdu").encode()
    finder = UnitFinder("wrapper")

    units = finder.feed(b"\xff\xff" + wpdu[:5]) + finder.feed(wpdu[5:] + wpdu)

    assert [(unit.start, unit.octets) for unit in units] == [(2, wpdu), (2 + len(wpdu), wpdu)]


def test_segments_are_joined_and_the_llc_header_is_taken_off() -> None:
    assert said(segment(0, COMMAND + b"ab", more=True), segment(1, b"cd")) == [b"abcd"]


def test_a_frame_that_was_sent_twice_is_heard_once() -> None:
    first = segment(0, COMMAND + b"ab", more=True)

    assert said(first, first, segment(1, b"cd"), segment(1, b"cd")) == [b"abcd"]


def test_the_same_words_after_eight_frames_are_new() -> None:
    assert said(*(segment(number % 8, COMMAND + b"x") for number in range(9))) == [b"x"] * 9


def test_the_same_words_on_a_new_link_are_new() -> None:
    frame = segment(0, COMMAND + b"ab")

    assert said(frame, SNRM(METER, CLIENT), frame) == [b"ab", b"ab"]


def test_an_apdu_whose_end_was_lost_does_not_spoil_the_next() -> None:
    assert said(segment(0, COMMAND + b"lost", more=True), segment(2, COMMAND + b"whole")) == [
        b"whole"
    ]


def test_a_push_in_segments_is_told_apart() -> None:
    frames = (
        UI(CLIENT, METER, True, COMMAND + b"pu", segmented=True),
        segment(0, COMMAND + b"asked"),
        UI(CLIENT, METER, True, b"sh"),
    )

    found = list(spoken(capture(*(event(one.encode()) for one in frames))))

    assert [(one.octets, one.is_push) for one in found] == [(b"asked", False), (b"push", True)]


def test_connections_do_not_mix() -> None:
    events = (
        event(segment(0, COMMAND + b"a", more=True).encode(), connection=1),
        event(segment(0, COMMAND + b"b").encode(), connection=2),
        event(segment(1, b"c").encode(), connection=1),
    )

    assert [(one.connection, one.octets) for one in spoken(capture(*events))] == [
        (2, b"b"),
        (1, b"ac"),
    ]


def test_a_frame_behind_a_false_beginning_is_found_at_the_end() -> None:
    beginning = segment(0, bytes(200)).encode()[:20]

    assert said(beginning, segment(0, COMMAND + b"x")) == [b"x"]


def test_what_carries_nothing_says_nothing() -> None:
    assert said(RR(METER, CLIENT, 0), b"noise", segment(0, b"")) == []
