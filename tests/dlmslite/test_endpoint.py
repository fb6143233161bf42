"""A URL says where a meter is and what is spoken there."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.endpoint import Endpoint
from dlmslite.errors import ConfigurationError


def test_the_scheme_decides_the_framing() -> None:
    assert Endpoint.parse("tcp://192.0.2.8:4060") == Endpoint("tcp", "192.0.2.8", 4060)
    assert Endpoint.parse("tcp://meter").framing == "wrapper"
    assert Endpoint.parse("tcp+hdlc://192.0.2.7:3333").framing == "hdlc"


def test_the_port_is_the_registered_one_unless_given() -> None:
    assert Endpoint.parse("tcp://meter.example/").name == "tcp://meter.example:4059"


def test_an_ipv6_address_keeps_its_brackets_in_the_name() -> None:
    endpoint = Endpoint.parse("tcp://[2001:db8::7]:4059")
    assert endpoint.host == "2001:db8::7"
    assert endpoint.name == "tcp://[2001:db8::7]:4059"


@pytest.mark.parametrize(
    "url",
    ["", "meter", "http://meter", "tcp://", "tcp://meter:99999", "tcp://m/x", "tcp://m?mode=e"],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Endpoint.parse(url)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Endpoint.parse("tcp://client:22222222@meter")
    assert "22222222" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_endpoint_or_a_configuration_error(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        assert Endpoint.parse(Endpoint.parse(text).name) == Endpoint.parse(text)
