from __future__ import annotations

import pytest
from rig.shared_vectors import load

from dlmslite.errors import FramingError
from dlmslite.link.describe import describe_mode_e, describe_stream, describe_wrapper

STREAMS = [
    vector
    for vector in load("stream")
    if (vector["expected"] or {}).get("transport", "hdlc") in {"hdlc", "wrapper", "mbus"}
]


@pytest.mark.parametrize("vector", load("wrapper"), ids=lambda vector: vector["id"])
def test_wrapper_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe_wrapper(octets) == vector["expected"]
    else:
        with pytest.raises(FramingError) as caught:
            describe_wrapper(octets)
        assert caught.value.code == vector["reason"]


@pytest.mark.parametrize("vector", STREAMS, ids=lambda vector: vector["id"])
def test_stream_vectors_of_every_link(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe_stream(octets) == vector["expected"]
    else:
        with pytest.raises(FramingError) as caught:
            describe_stream(octets)
        assert caught.value.code == vector["reason"]


def test_a_wrapper_stream_without_a_whole_apdu_is_refused() -> None:
    with pytest.raises(FramingError, match="truncated"):
        describe_stream(bytes.fromhex("00010010000100ff60"))


def test_what_remains_is_shown() -> None:
    described = describe_stream(bytes.fromhex("000100010010000162" + "000100"))
    assert described["remaining"] == "000100"
    assert described["apdus"] == ["62"]


@pytest.mark.parametrize("vector", load("mode_e"), ids=lambda vector: vector["id"])
def test_mode_e_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert describe_mode_e(octets) == vector["expected"]
    else:
        with pytest.raises(FramingError) as caught:
            describe_mode_e(octets)
        assert caught.value.code == vector["reason"]


@pytest.mark.parametrize("name", ["push-bad-gh539-1", "push-bad-gh301-1"])
def test_an_mbus_stream_without_a_whole_telegram_is_refused(name: str) -> None:
    (vector,) = [vector for vector in load("push") if vector["id"] == name]
    with pytest.raises(FramingError) as caught:
        describe_stream(bytes.fromhex(vector["hex"]))
    assert caught.value.code in {vector["reason"], "bad-stop"}
