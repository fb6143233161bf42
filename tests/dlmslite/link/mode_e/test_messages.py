"""The three messages of a sign-on, octets both ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.shared_vectors import load
from strategies.sign_ons import messages

from dlmslite.errors import EncodeError, FramingError
from dlmslite.link.mode_e.messages import (
    Acknowledgement,
    Identification,
    Message,
    Request,
    decode,
)

CODES = {
    "bad-address",
    "bad-baud",
    "bad-character",
    "bad-manufacturer",
    "bad-start",
    "length-mismatch",
    "truncated",
}


@pytest.mark.parametrize("vector", load("mode_e"), ids=lambda vector: vector["id"])
def test_vectors(vector: dict) -> None:
    octets = bytes.fromhex(vector["hex"])
    if vector["valid"]:
        assert decode(octets).encode() == octets
    else:
        with pytest.raises(FramingError) as caught:
            decode(octets)
        assert caught.value.code == vector["reason"]


@given(messages())
def test_round_trip(message: Message) -> None:
    assert decode(message.encode()) == message


@given(
    st.one_of(
        st.binary(max_size=40),
        st.tuples(st.sampled_from([b"/", b"/?", b"\x06"]), st.binary(max_size=12)).map(
            lambda parts: b"".join(parts) + b"\r\n"
        ),
        messages().map(lambda message: message.encode()[:-3] + b"\r\n"),
    )
)
def test_any_octets_are_a_message_or_a_framing_error(octets: bytes) -> None:
    try:
        assert decode(octets).encode() == octets
    except FramingError as error:
        assert error.code in CODES
        assert 0 <= error.offset <= len(octets)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "truncated"),
        (b"/", "truncated"),
        (b"/?!", "truncated"),
        (b"/?12\r\n", "truncated"),
        (b"/?1!2!\r\n", "bad-address"),
        (b"/?" + b"1" * 33 + b"!\r\n", "bad-address"),
        (b"/LG\r\n", "truncated"),
        (b"/LGZ\r\n", "truncated"),
        (b"/L1Z5x\r\n", "bad-manufacturer"),
        (b"/LGZ5\x01\r\n", "bad-character"),
        (b"/LGZ5\xff\r\n", "bad-character"),
        (b"\x062522\r\n", "length-mismatch"),
        (b"\x0692x\r\n", "bad-character"),
        (b"\x06x52\r\n", "bad-character"),
        (b"XYZ5\r\n", "bad-start"),
    ],
)
def test_what_is_wrong_has_a_name(octets: bytes, code: str) -> None:
    with pytest.raises(FramingError) as caught:
        decode(octets)
    assert caught.value.code == code


def test_a_message_of_another_kind_is_refused() -> None:
    with pytest.raises(FramingError, match="bad-start"):
        Request.decode(b"/LGZ5\r\n")
    with pytest.raises(FramingError, match="bad-start"):
        Acknowledgement.decode(b"/?!\r\n")


def test_s01_the_acknowledgement_of_hdlc_is_06_32_z_32() -> None:
    assert Acknowledgement(baud_char="5").encode() == bytes.fromhex("063235320d0a")
    assert Acknowledgement(baud_char="5").is_hdlc
    assert not Acknowledgement(protocol="0", baud_char="5", mode="1").is_hdlc


def test_a_request_reaches_who_is_meant_whatever_the_leading_zeros() -> None:
    assert Request().reaches("12345678")
    assert Request("0012345678").reaches("12345678")
    assert not Request("12345679").reaches("12345678")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Request("a!b"),
        lambda: Request("ä"),
        lambda: Identification(manufacturer="L1Z", baud_char="5"),
        lambda: Identification(manufacturer="LGZ", baud_char="9"),
        lambda: Identification(manufacturer="LGZ", baud_char="5", identification="ä"),
        lambda: Acknowledgement(baud_char="9"),
        lambda: Acknowledgement(baud_char="5", mode="x"),
    ],
)
def test_what_has_no_octets_is_not_made(make: Callable[[], Message]) -> None:
    with pytest.raises(EncodeError):
        make()
