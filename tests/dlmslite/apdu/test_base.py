"""Decoding by tag."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import shared_vectors
from strategies.apdus import apdus

from dlmslite.apdu import base
from dlmslite.apdu.base import DECODERS, Apdu, Kind
from dlmslite.apdu.describe import describe
from dlmslite.errors import DecodeError

# The services of this package; vectors of others are refused as unknown until they are built.
SERVICES = {
    "aarq",
    "aare",
    "rlrq",
    "rlre",
    "initiate-request",
    "initiate-response",
    "confirmed-service-error",
    "exception-response",
    "get-request-normal",
    "get-request-next",
    "get-request-with-list",
    "get-response-normal",
    "get-response-with-datablock",
    "get-response-with-list",
}
VECTORS = [
    pytest.param(vector, id=vector["id"])
    for name in ("acse", "apdu")
    for vector in shared_vectors.load(name)
    if not vector["hex"]
    or int(vector["hex"][:2], 16) in {0x01, 0x08, 0x0E, 0x60, 0x61, 0x62, 0x63, 0xC0, 0xC4, 0xD8}
]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_decodes_to_what_it_says_or_is_refused_for_its_reason(
    vector: dict[str, Any],
) -> None:
    octets = bytes.fromhex(vector["hex"])

    if vector["valid"]:
        assert json.loads(json.dumps(describe(base.decode(octets)))) == vector["expected"]
    else:
        with pytest.raises(DecodeError) as caught:
            base.decode(octets)
        assert caught.value.code == vector["reason"]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_sound_vector_is_encoded_as_it_was(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"] and vector["id"] != "acse-aarq-longlen":  # we write the shortest lengths
        assert base.decode(octets).encode() == octets


@given(apdus())
def test_every_apdu_comes_back(apdu: Apdu) -> None:
    assert base.decode(apdu.encode()) == apdu
    assert base.decode(apdu.encode(), lenient=True) == apdu


@given(apdus(), st.data())
def test_an_apdu_that_is_cut_is_refused(apdu: Apdu, data: st.DataObject) -> None:
    octets = apdu.encode()
    cut = octets[: data.draw(st.integers(0, len(octets) - 1))]

    with pytest.raises(DecodeError) as caught:
        base.decode(cut)
    assert 0 <= caught.value.offset <= len(cut)


@given(apdus(), st.binary(min_size=1, max_size=4))
def test_octets_behind_an_apdu_are_refused(apdu: Apdu, tail: bytes) -> None:
    with pytest.raises(DecodeError):
        base.decode(apdu.encode() + tail)


@given(st.binary(max_size=80), st.booleans())
def test_any_octets_give_an_apdu_or_a_decode_error(octets: bytes, lenient: bool) -> None:
    for tag in (b"", *(bytes([tag]) for tag, _ in DECODERS.items())):
        try:
            apdu = base.decode(tag + octets, lenient=lenient)
        except DecodeError as error:
            assert 0 <= error.offset <= len(octets) + 1
        else:
            assert describe(apdu)["apdu"] in SERVICES


def test_no_octets_and_an_unknown_tag_are_told_apart() -> None:
    with pytest.raises(DecodeError) as empty:
        base.decode(b"")
    with pytest.raises(DecodeError) as unknown:
        base.decode(b"\x7f\x00")

    assert (empty.value.code, unknown.value.code) == ("truncated", "unknown-apdu")


def test_every_apdu_declares_its_tag_kind_and_answer() -> None:
    kinds = [kind for kind in Apdu.__subclasses__() if kind.__module__.startswith("dlmslite.")]

    assert {kind.NAME for kind in kinds} == SERVICES
    for kind in kinds:
        assert DECODERS.get(kind.TAG) is not None
        asks = kind.KIND in {Kind.AARQ, Kind.RLRQ, Kind.REQUEST, Kind.NEXT}
        assert (kind.ANSWER_TAG is not None) == asks


def test_x10_lenient_decoding_keeps_codes_that_nobody_defined() -> None:
    octets = bytes.fromhex("c401c10107")

    apdu = base.decode(octets, lenient=True)

    assert describe(apdu)["result"] == {"data_access_result": {"code": 7, "name": "unknown-7"}}
    assert apdu.encode() == octets
