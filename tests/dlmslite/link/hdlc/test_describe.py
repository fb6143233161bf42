from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load
from strategies.frames import frames

from dlmslite.errors import FramingError
from dlmslite.link.hdlc.describe import describe_frame, describe_stream
from dlmslite.link.hdlc.frames import Frame

HDLC_STREAMS = [
    vector
    for vector in load("stream")
    if (vector["expected"] or {}).get("transport", "hdlc") == "hdlc"
]


@pytest.mark.parametrize("vector", load("hdlc"), ids=lambda vector: vector["id"])
def test_frame_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe_frame(octets) == vector["expected"]
    else:
        with pytest.raises(FramingError) as caught:
            describe_frame(octets)
        assert caught.value.code == vector["reason"]


@pytest.mark.parametrize("vector", HDLC_STREAMS, ids=lambda vector: vector["id"])
def test_stream_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe_stream(octets) == vector["expected"]
    else:
        with pytest.raises(FramingError) as caught:
            describe_stream(octets)
        assert caught.value.code == vector["reason"]


@given(frames())
def test_every_frame_can_be_printed(frame: Frame) -> None:
    octets = frame.encode()
    assert json.loads(json.dumps(describe_frame(octets)))["fcs"] == octets[-3:-1].hex()
    assert describe_stream(octets)["frames"] == [octets.hex()]


@given(st.binary(max_size=200))
def test_any_octets_are_described_or_refused(octets: bytes) -> None:
    try:
        assert json.dumps(describe_stream(octets))
    except FramingError as error:
        assert error.code


def test_a_sound_frame_of_an_undefined_type_is_an_error_of_the_stream() -> None:
    with pytest.raises(FramingError, match="bad-control"):
        describe_stream(bytes.fromhex("7ea0070321195d2a7e"))
