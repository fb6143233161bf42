from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import ConnectionClosed, ConverterError
from dlmslite.transport.banner import BANNERS, closed, recognise


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (b"Port already in use\r\n", "port-busy"),
        (b"Port's device already in use\r\n", "port-busy"),
        (b"Port's device failed open\r\n", "device-failed"),
        (b"Closing socket due to inactivity (30 sec)\n", "idle"),
        (b"Closing socket due to inactivity (30 sec)\nCLOSE", "idle"),
        (b"CLOSE", "closed"),
        (b"No TCP client connected, cannot send data", "no-client"),
    ],
)
def test_what_converters_say_is_an_error_with_cause_and_remedy(said: bytes, cause: str) -> None:
    error = closed("closed by the peer", said)
    assert isinstance(error, ConverterError)
    assert (error.cause, error.banner) == (cause, said)
    assert said.split(b"\n")[0].strip().decode() in str(error)
    assert error.hint


def test_an_unknown_text_is_shown_and_has_no_cause() -> None:
    error = closed("closed by the peer", b"ERR 7: go away\r\n")
    assert type(error) is ConnectionClosed
    assert error.banner == b"ERR 7: go away\r\n"
    assert "ERR 7: go away" in str(error)


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b"\x7e\xa0CLOSE\x7e", b"\xff" * 9, b"x" * 300, b"ENCLOSED"]
)
def test_octets_of_a_meter_are_no_banner(octets: bytes) -> None:
    error = closed("reset", octets)
    assert type(error) is ConnectionClosed
    assert recognise(octets) is None


def test_a_text_behind_a_long_conversation_is_recognised() -> None:
    error = closed(
        "closed by the peer", bytes(300) + b"Closing socket due to inactivity (30 sec)\n"
    )
    assert isinstance(error, ConverterError)
    assert error.cause == "idle"


@given(st.binary(max_size=300))
def test_any_octets_give_an_error_that_can_be_shown(octets: bytes) -> None:
    assert str(closed("closed", octets))


def test_every_banner_has_words() -> None:
    assert all(banner.meaning and banner.remedy for banner in BANNERS)
    assert [banner.cause for banner in BANNERS if not banner.ends] == ["no-client"]
