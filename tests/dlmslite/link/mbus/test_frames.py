from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.frames import mbus_frames

from dlmslite.encoding import codec
from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.mbus.frames import _WIRE, DATA_MAX, MbusFrame, frame_size

FRAME = MbusFrame(data=bytes.fromhex("db08454c53657000000141"))
CODES = {
    "bad-start",
    "truncated",
    "length-mismatch",
    "bad-stop",
    "bad-checksum",
    "no-segment",
}


@given(mbus_frames())
def test_round_trip(frame: MbusFrame) -> None:
    assert MbusFrame.decode(frame.encode()) == frame


@given(mbus_frames())
def test_the_hot_path_equals_the_declaration(frame: MbusFrame) -> None:
    wire = codec.parse(_WIRE, frame.encode())
    assert (wire.source, wire.destination, wire.data) == (
        frame.source,
        frame.destination,
        frame.data,
    )
    assert (wire.ci & 15, bool(wire.ci & 16)) == (frame.segment, frame.final)
    assert codec.build(_WIRE, wire) == frame.encode()


@given(st.one_of(st.binary(max_size=40), mbus_frames(20).map(MbusFrame.encode)), st.data())
def test_any_octets_are_a_frame_or_a_framing_error(octets: bytes, data: st.DataObject) -> None:
    if octets and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets = octets[:place] + data.draw(st.binary(max_size=2)) + octets[place + 1 :]
    try:
        assert MbusFrame.decode(octets).encode() == octets
    except FramingError as error:
        assert error.code in CODES


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda o: o[1:], "bad-start"),
        (lambda o: o[:3], "bad-start"),
        (lambda o: o[:2] + b"\x20" + o[3:], "bad-start"),
        (lambda o: o[:-1], "truncated"),
        (lambda o: o + b"\x00", "length-mismatch"),
        (lambda o: o[:-1] + b"\x17", "bad-stop"),
        (lambda o: o[:9] + b"\x00" + o[10:], "bad-checksum"),
    ],
)
def test_what_is_wrong_is_named(change: object, reason: str) -> None:
    with pytest.raises(FramingError) as caught:
        MbusFrame.decode(change(FRAME.encode()))
    assert caught.value.code == reason


@pytest.mark.parametrize("octets", ["68030368530072c516", "6805056853ff7201672c16"])
def test_a_control_frame_or_another_ci_is_no_segment(octets: str) -> None:
    with pytest.raises(FramingError) as caught:
        MbusFrame.decode(bytes.fromhex(octets))
    assert caught.value.code == "no-segment"


def test_a_length_octet_of_01_stands_for_257_octets() -> None:
    assert [frame_size(length) for length in (0, 1, 2, 3, 255)] == [262, 263, 264, 9, 261]
    body = bytes.fromhex("53ff000167") + bytes(range(252))
    octets = b"\x68\x01\x01\x68" + body + bytes((sum(body) & 0xFF, 0x16))
    assert MbusFrame.decode(octets).data == bytes(range(252))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(EncodeError):
        MbusFrame(data=bytes(DATA_MAX + 1)).encode()
    with pytest.raises(EncodeError):
        MbusFrame(segment=16, data=b"")
    with pytest.raises(EncodeError):
        MbusFrame(source=256, data=b"")
