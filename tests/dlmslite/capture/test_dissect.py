"""Octets of every layer are explained in the words of the vectors."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load

from dlmslite.capture.dissect import LAYERS, explain
from dlmslite.errors import ConfigurationError, DecodeError, DlmsError

# The services of this slice; the others wait for the whole application layer.
SERVICES = (
    "get-",
    "exception-response",
    "confirmed-service-error",
    "initiate-",
)


def is_here(vector: dict[str, Any]) -> bool:
    match vector["layer"]:
        case "apdu":
            name = (vector["expected"] or {}).get("apdu", "")
            return not vector["valid"] or str(name).startswith(SERVICES)
        case "stream":
            return (vector["expected"] or {}).get("transport") in {"hdlc", "wrapper"}
        case _:
            return True


VECTORS = [vector for name in LAYERS for vector in load(name) if is_here(vector)]
VALID = [pytest.param(vector, id=vector["id"]) for vector in VECTORS if vector["valid"]]
INVALID = [pytest.param(vector, id=vector["id"]) for vector in VECTORS if not vector["valid"]]


@pytest.mark.parametrize("vector", VALID)
def test_a_valid_vector_is_explained_as_it_says(vector: dict[str, Any]) -> None:
    octets = bytes.fromhex(vector["hex"])
    explained = explain(octets, layer=vector["layer"], form=vector.get("form"))
    assert {name: explained.get(name) for name in vector["expected"]} == vector["expected"]


@pytest.mark.parametrize("vector", INVALID)
def test_an_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(DlmsError):
        explain(bytes.fromhex(vector["hex"]), layer=vector["layer"], form=vector.get("form"))


def test_the_layer_is_guessed_where_none_is_named() -> None:
    frame = bytes.fromhex("7ea0070321930f017e")
    assert explain(frame)["layer"] == "hdlc"
    assert explain(b"junk" + frame)["layer"] == "stream"
    assert explain(bytes.fromhex("c001c1000100002b0100ff0200"))["apdu"] == "get-request-normal"
    assert explain(bytes.fromhex("0001000100010000"))["layer"] == "wrapper"
    assert explain(bytes.fromhex("1205dc")) == {
        "layer": "axdr",
        "type": "long-unsigned",
        "value": 1500,
    }


def test_octets_of_no_layer_say_so() -> None:
    with pytest.raises(DecodeError) as caught:
        explain(b"\xfe\xfe")
    assert caught.value.code == "unknown-layer"


def test_an_unknown_layer_and_a_form_without_axdr_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no layer"):
        explain(b"", layer="mbus")
    with pytest.raises(ConfigurationError, match="belongs to the layer axdr"):
        explain(b"", layer="hdlc", form="date")


@given(st.binary(max_size=64), st.sampled_from([None, *LAYERS]))
def test_any_octets_give_a_tree_or_an_error_of_ours(octets: bytes, layer: str | None) -> None:
    with contextlib.suppress(DlmsError):
        assert isinstance(explain(octets, layer=layer), dict)
