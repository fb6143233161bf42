"""A URL says where a meter is and what is spoken there."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.endpoint import Endpoint, Options, SerialPort, make_session, make_transport
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import SpeedWanted
from dlmslite.quirks import Quirks
from dlmslite.transport.base import LineSettings
from dlmslite.transport.serial import SerialTransport
from dlmslite.transport.udp import UdpTransport

OPTIONS = Options(client=16, server=1, quirks=Quirks(), max_info=128, window=1, timeout=5.0)


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
    [
        "",
        "meter",
        "http://meter",
        "tcp://",
        "tcp://meter:99999",
        "tcp://m/x",
        "tcp://m?mode=e",
        "udp://",
        "udp://m?mode=e",
        "serial://",
        "serial:///",
        "serial://ttyUSB0",
        "serial://COM3",
        "serial:///dev/ttyUSB0#x",
        "serial:///dev/ttyUSB0?mode",
        "serial:///dev/ttyUSB0?mode=c",
        "serial:///dev/ttyUSB0?speed=9600",
        "serial:///dev/ttyUSB0?baud=fast",
        "serial:///dev/ttyUSB0?baud=-1",
        "serial:///dev/ttyUSB0?baud=0",
        "serial:///dev/ttyUSB0?baud=9600&baud=300",
        "serial:///dev/ttyUSB0?format=9X1",
        "serial:///dev/ttyUSB0?echo=perhaps",
        "serial:///dev/ttyUSB0?wake_up=yes",
        "serial:///dev/ttyUSB0?address=1",
    ],
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


def test_a_serial_port_begins_at_9600_8n1() -> None:
    endpoint = Endpoint.parse("serial:///dev/ttyUSB0")
    assert endpoint.serial == SerialPort(
        device="/dev/ttyUSB0", line=LineSettings(9600, "8N1"), echo=False
    )
    assert endpoint.framing == "hdlc"
    assert isinstance(make_transport(endpoint, 5.0), SerialTransport)


def test_s01_a_sign_on_begins_at_300_7e1() -> None:
    endpoint = Endpoint.parse("serial:///dev/ttyUSB0?mode=e")
    assert endpoint.serial is not None
    assert endpoint.serial.line == LineSettings(300, "7E1")
    session = make_session(endpoint, OPTIONS)
    session.open(0.0)
    (event,) = session.events()
    assert isinstance(event, SpeedWanted)
    assert (event.baud, event.format) == (300, "7E1")
    assert session.data_to_send() == b"/?!\r\n"


def test_every_key_of_a_serial_port_is_taken_and_named() -> None:
    url = "serial:///dev/ttyUSB0?mode=e&baud=2400&format=8N1&echo=yes&wake_up=yes&address=0815"
    endpoint = Endpoint.parse(url)
    assert endpoint.serial == SerialPort(
        device="/dev/ttyUSB0",
        mode="e",
        line=LineSettings(2400, "8N1"),
        echo=True,
        wake_up=True,
        address="0815",
    )
    assert endpoint.name == url
    session = make_session(endpoint, OPTIONS)
    session.open(0.0)
    assert session.data_to_send() == bytes(528)  # 2.2 s of NULs at 2400 baud


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("serial:///dev/ttyUSB0?baud=9600&format=8n1&echo=no", "serial:///dev/ttyUSB0"),
        ("serial:///dev/ttyUSB0?format=7e1&mode=e&baud=300", "serial:///dev/ttyUSB0?mode=e"),
        ("serial:///dev/my%20head?baud=300", "serial:///dev/my%20head?baud=300"),
    ],
)
def test_the_usual_is_not_part_of_the_name(url: str, name: str) -> None:
    assert Endpoint.parse(url).name == name


def test_the_wire_is_the_port_however_it_is_used() -> None:
    assert Endpoint.parse("serial:///dev/ttyUSB0?mode=e").wire == "serial:///dev/ttyUSB0"
    assert Endpoint.parse("tcp://m").wire == "tcp://m:4059"


def test_an_unknown_key_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="speed") as caught:
        Endpoint.parse("serial:///dev/ttyUSB0?speed=9600")
    assert "mode, baud, format, echo, wake_up, address" in caught.value.hint


def test_a_sign_on_with_an_address_that_cannot_be_said_is_refused() -> None:
    endpoint = Endpoint.parse("serial:///dev/ttyUSB0?mode=e&address=a!b")
    with pytest.raises(ConfigurationError):
        make_session(endpoint, OPTIONS)


def test_a_frame_on_a_port_ends_after_a_short_silence() -> None:
    # 0.1 s and three characters, at 300 baud 0.2 s; the timeout of the answer is far away.
    session = make_session(Endpoint.parse("serial:///dev/ttyUSB0?baud=300"), OPTIONS)
    session.open(0.0)
    session.receive(b"\x7e\xa0\x1e", 1.0)
    assert session.next_deadline() == pytest.approx(1.2)


def test_udp_is_the_wrapper_in_datagrams() -> None:
    endpoint = Endpoint.parse("udp://192.0.2.8")
    assert endpoint == Endpoint("udp", "192.0.2.8", 4059)
    assert endpoint.framing == "wrapper"
    assert isinstance(make_transport(endpoint, 5.0), UdpTransport)


def test_a_system_without_serial_ports_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlmslite.transport.serial", None)
    with pytest.raises(ConfigurationError, match="no serial ports here"):
        make_transport(Endpoint.parse("serial:///dev/ttyUSB0"), 5.0)
