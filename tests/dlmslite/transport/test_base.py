from __future__ import annotations

import inspect

import pytest

from dlmslite.errors import ConfigurationError
from dlmslite.line import Seat
from dlmslite.transport.base import AdjustableTransport, LineSettings, Transport
from dlmslite.transport.memory import MemoryTransport
from dlmslite.transport.serial import SerialTransport
from dlmslite.transport.tcp import TcpTransport
from dlmslite.transport.udp import UdpTransport

VERBS = ["close", "interrupt", "open", "receive", "send"]


def test_the_verbs_of_a_wire() -> None:
    assert sorted(name for name in vars(Transport) if not name.startswith("_")) == VERBS


@pytest.mark.parametrize(
    "kind", [TcpTransport, UdpTransport, SerialTransport, MemoryTransport, Seat]
)
@pytest.mark.parametrize("verb", VERBS)
def test_every_transport_has_them_with_the_same_signature(kind: type, verb: str) -> None:
    assert inspect.signature(getattr(kind, verb)) == inspect.signature(getattr(Transport, verb))


@pytest.mark.parametrize("kind", [SerialTransport, Seat])
def test_a_wire_whose_speed_can_change_has_one_verb_more(kind: type) -> None:
    assert inspect.signature(kind.set_line) == inspect.signature(AdjustableTransport.set_line)
    assert isinstance(SerialTransport("/dev/null"), AdjustableTransport)
    assert not isinstance(TcpTransport("m", 1), AdjustableTransport)


@pytest.mark.parametrize("form", ["8N1", "7E1", "7O2"])
def test_settings_of_a_line(form: str) -> None:
    assert LineSettings(300, form).format == form


@pytest.mark.parametrize(("baud", "form"), [(0, "8N1"), (300, "8n1"), (300, "6N1"), (300, "8N1 ")])
def test_settings_that_no_line_has_are_refused(baud: int, form: str) -> None:
    with pytest.raises(ConfigurationError):
        LineSettings(baud, form)
