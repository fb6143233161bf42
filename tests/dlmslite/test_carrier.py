"""Octets between a transport and a session: shown to the tap, at the speed that the link wants."""

from __future__ import annotations

import pytest

from dlmslite.association.association import Association
from dlmslite.carrier import Carrier
from dlmslite.clock import SystemClock
from dlmslite.errors import ConfigurationError
from dlmslite.link.base import LinkOpened, SpeedWanted
from dlmslite.link.mode_e.link import ModeELink
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.link.wrapper import Wpdu, WrapperLink, WrapperSettings
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.trace import Direction, TraceEvent
from dlmslite.transport.memory import MemoryTransport, memory_pair


class Port(MemoryTransport):
    """A wire with a speed."""

    speed = (0, "")

    def set_line(self, baud: int, form: str) -> None:
        self.speed = (baud, form)


def wrapper() -> Session:
    link = WrapperLink(Role.CLIENT, WrapperSettings(datagrams=True))
    return Session(link, Association(Role.CLIENT))


def sign_on() -> Session:
    link = ModeELink(Role.CLIENT, ModeESettings(), WrapperLink(Role.CLIENT, WrapperSettings()))
    return Session(link, Association(Role.CLIENT))


def test_what_moves_is_shown_and_counted() -> None:
    near, far = memory_pair()
    near.open()
    far.open()
    seen: list[TraceEvent] = []
    session = wrapper()
    carrier = Carrier(near, session, SystemClock(), seen.append)
    session.open(0.0)
    assert session.events() == [LinkOpened()]
    assert not carrier.transmit()
    session._link.send(b"\xc0", 0.0)
    session._link.send(b"\xc1", 0.0)
    assert carrier.transmit()
    assert far.receive(0.0) == b"".join(Wpdu(16, 1, apdu).encode() for apdu in (b"\xc0", b"\xc1"))
    assert carrier.receive(0.0) == b""
    answer = Wpdu(1, 16, b"\xc4").encode()
    far.send(answer)
    assert carrier.receive(1.0) == answer
    carrier.hand_in(answer, 1.0)
    carrier.hand_in(b"\0\1", 2.0)
    assert {event.layer for event in seen} == {"transport"}
    assert [(event.direction, event.octets[8:], dict(event.details)) for event in seen] == [
        (Direction.SENT, b"\xc0", {"frames": 1}),
        (Direction.SENT, b"\xc1", {"frames": 1}),
        (Direction.RECEIVED, b"\xc4", {"frames": 1}),
        (Direction.RECEIVED, b"", {"frames": 0}),
    ]


def test_s01_the_speed_is_set_and_shown() -> None:
    one, _ = memory_pair()
    port = Port(one._lock, one._inward, one._outward)
    seen: list[TraceEvent] = []
    session = sign_on()
    carrier = Carrier(port, session, SystemClock(), seen.append)
    session.open(0.0)
    (event,) = session.events()
    assert isinstance(event, SpeedWanted)
    carrier.change_speed(event)
    assert port.speed == (300, "7E1")
    assert [event.note for event in seen] == ["line: 300 baud 7E1"]


def test_a_wire_without_speed_is_a_mistake_in_the_url() -> None:
    carrier = Carrier(memory_pair()[0], wrapper(), SystemClock(), None)
    with pytest.raises(ConfigurationError):
        carrier.change_speed(SpeedWanted(300, "7E1"))


def test_nobody_need_look() -> None:
    carrier = Carrier(memory_pair()[0], wrapper(), SystemClock(), None)
    carrier.tap(Direction.INTERNAL, b"", "nothing")
