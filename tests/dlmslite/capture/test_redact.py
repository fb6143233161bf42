"""A redacted capture holds no secret, has sound frames and the same lengths, and still replays."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from rig.captures import PASSWORD, SERIAL_NUMBER, STARTED, event, recorded, streams
from strategies.captures import captures

from dlmslite.apdu.base import decode as decode_apdu
from dlmslite.capture.base import Capture, Header
from dlmslite.capture.conversation import spoken
from dlmslite.capture.redact import redact
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DISC, I
from dlmslite.link.hdlc.resync import Resync
from dlmslite.procedures.authentication import Lls
from dlmslite.trace import Direction, TraceEvent

SENT, RECEIVED = Direction.SENT, Direction.RECEIVED
AUTH = Lls(PASSWORD)
METER, CLIENT = Address(1), Address(32)


def capture(*events: TraceEvent, framing: str = "hdlc") -> Capture:
    return Capture(Header(started=STARTED, framing=framing), events)


def all_octets(found: Capture) -> bytes:
    return b"".join(one.octets for one in found.events)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_neither_password_nor_serial_number_is_left(framing: str) -> None:
    before = recorded(framing, auth=AUTH)
    after = redact(before)

    assert PASSWORD in all_octets(before)
    assert SERIAL_NUMBER.encode() in all_octets(before)
    assert PASSWORD not in all_octets(after)
    assert SERIAL_NUMBER.encode() not in all_octets(after)
    assert SERIAL_NUMBER[3:].encode() not in all_octets(after)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_lengths_times_and_everything_else_stay(framing: str) -> None:
    before = recorded(framing, auth=AUTH)
    after = redact(before)

    assert [len(one.octets) for one in after.events] == [len(one.octets) for one in before.events]
    assert [one.at for one in after.events] == [one.at for one in before.events]
    pairs = list(zip(spoken(before), spoken(after), strict=True))
    changed = [a for a, b in pairs if a.octets != b.octets]
    assert {decode_apdu(one.octets).NAME for one in changed} == {"aarq", "get-response-normal"}
    assert 2 <= len(changed) <= 3
    for _, one in pairs:
        decode_apdu(one.octets)


def test_every_frame_has_its_check_sequences() -> None:
    before, after = recorded(auth=AUTH), redact(recorded(auth=AUTH))

    for found in (before, after):
        for octets in streams(found).values():
            frames, noise = Resync().flush(octets)
            assert len(frames) > 20
            assert noise == []


def test_a_password_in_segments_and_in_pieces_is_found() -> None:
    whole = next(one for one in spoken(recorded(auth=AUTH))).octets
    carried = b"\xe6\xe6\x00" + whole
    place = carried.index(PASSWORD) + 3
    frames = (
        I(METER, CLIENT, 0, 0, True, True, carried[:place]).encode()
        + I(METER, CLIENT, 1, 0, True, False, carried[place:]).encode()
    )
    pieces = [event(frames[start : start + 7]) for start in range(0, len(frames), 7)]

    after = redact(capture(*pieces))

    assert [len(one.octets) for one in after.events] == [len(one.octets) for one in pieces]
    (aarq,) = spoken(after)
    assert aarq.octets == whole.replace(PASSWORD, b"********")


def test_a_frame_that_was_sent_twice_is_redacted_twice() -> None:
    frame = next(one for one in spoken(recorded(auth=AUTH))).units[0].octets

    after = redact(capture(event(frame), event(frame)))

    first, second = (one.octets for one in after.events)
    assert first == second != frame
    assert PASSWORD not in first


def test_a_damaged_frame_is_struck_out() -> None:
    frame = next(one for one in spoken(recorded(auth=AUTH))).units[0].octets
    damaged = frame[:-3] + b"\x00\x00" + frame[-1:]

    (after,) = redact(capture(event(damaged))).events

    assert set(after.octets) <= {0x2A, 0x7E}
    assert len(after.octets) == len(damaged)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (b"Port already in use\r\n", b"Port already in use\r\n"),
        (
            b"Closing socket due to inactivity (30 sec)\n",
            b"Closing socket due to inactivity (30 sec)\n",
        ),
        (b"meter 12345678 is here\r\n", b"meter ******** is here\r\n"),
        (b"12345678", b"********"),
    ],
)
def test_the_words_of_a_converter_stay_without_long_numbers(words: bytes, shown: bytes) -> None:
    (after,) = redact(capture(event(words, RECEIVED))).events

    assert after.octets == shown


def test_a_segment_without_its_beginning_is_struck_out() -> None:
    orphan = I(METER, CLIENT, 3, 0, True, True, b"secret").encode()

    (after,) = redact(capture(event(orphan))).events

    assert after.octets == I(METER, CLIENT, 3, 0, True, True, b"******").encode()


def test_what_was_thrown_away_is_struck_out_and_the_note_stays() -> None:
    thrown = event(b"22222222", Direction.INTERNAL, note="discarded: bad-fcs", layer="link")

    (after,) = redact(capture(thrown)).events

    assert (after.octets, after.note) == (b"********", "discarded: bad-fcs")


def test_details_are_struck_out_but_for_the_connection() -> None:
    told = TraceEvent(
        at=0.0,
        layer="apdu",
        direction=Direction.INTERNAL,
        details={"password": "22222222", "connection": 3},
    )

    (after,) = redact(capture(told)).events

    assert after.details == {"connection": 3}


def test_link_frames_stay() -> None:
    frame = DISC(METER, CLIENT).encode()

    assert redact(capture(event(frame))).events[0].octets == frame


def test_a_conversation_on_a_bad_line_holds_no_secret_either() -> None:
    rng = random.Random(7)
    before = recorded(auth=AUTH)
    damaged = []
    for one in before.events:
        octets = bytearray(one.octets)
        if octets and rng.random() < 0.5:
            octets[rng.randrange(len(octets))] ^= 0x01
        damaged.append(event(bytes(octets), one.direction, at=one.at, note=one.note))

    after = all_octets(redact(capture(*damaged)))

    assert PASSWORD not in after
    assert SERIAL_NUMBER.encode() not in after


@given(captures)
def test_any_capture_keeps_its_lengths(found: Capture) -> None:
    after = redact(found)

    assert [len(one.octets) for one in after.events] == [len(one.octets) for one in found.events]
    assert redact(after) == after
