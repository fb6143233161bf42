"""Datagrams: whole, from the peer alone."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from dlmslite.errors import DeadlineExceeded, StateError, TransportError
from dlmslite.transport.udp import DATAGRAM_MAX, UdpTransport
from dlmslite.transport.waiting import Waiting

Line = tuple[UdpTransport, socket.socket, tuple[str, int]]


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5.0)
    return made


@pytest.fixture
def line() -> Iterator[Line]:
    with bound() as peer:
        transport = UdpTransport("127.0.0.1", peer.getsockname()[1], timeout=5.0)
        transport.open()
        transport.send(b"hello")
        octets, address = peer.recvfrom(100)
        assert octets == b"hello"
        yield transport, peer, address
        transport.close()


def test_w04_a_datagram_is_handed_over_whole_and_alone(line: Line) -> None:
    transport, peer, address = line
    peer.sendto(b"one", address)
    peer.sendto(b"two", address)
    assert transport.receive(5.0) == b"one"
    assert transport.receive(5.0) == b"two"
    assert transport.receive(0.0) == b""


def test_w04_the_longest_datagram_is_not_cut(line: Line) -> None:
    transport, peer, address = line
    longest = bytes(65_507)  # what IPv4 leaves of DATAGRAM_MAX
    peer.sendto(longest, address)
    assert transport.receive(5.0) == longest
    assert len(longest) < DATAGRAM_MAX


def test_w04_what_another_sends_is_not_handed_over(line: Line) -> None:
    transport, peer, address = line
    with bound() as stranger:
        stranger.sendto(b"forged", address)
    assert transport.receive(0.1) == b""
    peer.sendto(b"true", address)
    assert transport.receive(5.0) == b"true"


def test_nothing_in_time_is_emptiness(line: Line) -> None:
    began = time.monotonic()
    assert line[0].receive(0.05) == b""
    assert time.monotonic() - began >= 0.04


def test_a_port_where_nobody_listens_is_an_error_at_once(line: Line) -> None:
    transport, peer, _ = line
    peer.close()
    transport.send(b"?")
    began = time.monotonic()
    with pytest.raises(TransportError, match="refused") as caught:
        transport.receive(30.0)
    assert time.monotonic() - began < 10.0
    assert "nobody listens" in caught.value.hint


def test_too_much_for_a_datagram_is_an_error(line: Line) -> None:
    with pytest.raises(TransportError, match="too long"):
        line[0].send(bytes(70_000))


def test_a_network_that_takes_nothing_ends_the_send(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Waiting, "wait", lambda *_: False)
    with pytest.raises(DeadlineExceeded):
        line[0].send(b"?")


def test_an_interrupt_wakes_who_waits(line: Line) -> None:
    transport = line[0]
    thread = threading.Timer(0.05, transport.interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TransportError, match="interrupted"):
        transport.receive(30.0)
    assert time.monotonic() - began < 10.0
    thread.join()
    with pytest.raises(TransportError, match="interrupted"):
        transport.send(b"too late")


def test_a_damaged_datagram_is_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    # Readiness is told before the checksum is looked at.
    monkeypatch.setattr(Waiting, "wait", lambda *_: True)
    assert line[0].receive(5.0) == b""


def test_nobody_to_wake_is_no_error() -> None:
    UdpTransport("127.0.0.1", 1).interrupt()


def test_an_unknown_host_says_so() -> None:
    with pytest.raises(TransportError, match=r"no-such-host"):
        UdpTransport("no-such-host.invalid", 1).open()


def test_no_way_to_a_host_says_so() -> None:
    # A broadcast address may not be talked to without asking for it.
    with pytest.raises(TransportError, match="udp://255"):
        UdpTransport("255.255.255.255", 4059).open()


def test_a_socket_that_is_not_open_is_the_callers_mistake(line: Line) -> None:
    transport = line[0]
    transport.close()
    transport.close()
    with pytest.raises(StateError):
        transport.send(b"?")
    with pytest.raises(StateError):
        transport.receive(0.0)
    assert str(transport).startswith("udp://127.0.0.1:")
