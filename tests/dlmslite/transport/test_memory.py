from __future__ import annotations

import threading
import time

import pytest

from dlmslite.errors import ConnectionClosed, StateError, TransportError
from dlmslite.transport.memory import MemoryTransport, memory_pair


@pytest.fixture
def ends() -> tuple[MemoryTransport, MemoryTransport]:
    one, other = memory_pair()
    one.open()
    other.open()
    return one, other


def test_octets_go_both_ways(ends: tuple[MemoryTransport, MemoryTransport]) -> None:
    one, other = ends
    one.send(b"ask")
    one.send(b"ing")
    assert other.receive(1.0) == b"asking"
    other.send(b"answer")
    assert one.receive(1.0) == b"answer"
    assert one.receive(0.0) == b""


def test_nothing_in_time_is_emptiness(ends: tuple[MemoryTransport, MemoryTransport]) -> None:
    began = time.monotonic()
    assert ends[0].receive(0.05) == b""
    assert time.monotonic() - began >= 0.05


def test_w03_a_closed_end_is_an_error_at_once_after_what_it_sent(
    ends: tuple[MemoryTransport, MemoryTransport],
) -> None:
    one, other = ends
    one.send(b"last words")
    one.close()
    one.close()
    assert other.receive(1.0) == b"last words"
    with pytest.raises(ConnectionClosed):
        other.receive(60.0)
    with pytest.raises(ConnectionClosed):
        other.send(b"?")
    with pytest.raises(StateError):
        one.receive(0.0)
    with pytest.raises(StateError):
        one.send(b"")


def test_a_closed_end_may_open_again(ends: tuple[MemoryTransport, MemoryTransport]) -> None:
    one, other = ends
    other.send(b"old")
    one.close()
    one.open()
    assert one.receive(0.0) == b""
    other.send(b"new")
    assert one.receive(1.0) == b"new"


def test_an_end_that_never_opened_is_not_closed() -> None:
    one, other = memory_pair()
    one.close()
    other.open()
    assert other.receive(0.0) == b""


def test_octets_wake_who_waits(ends: tuple[MemoryTransport, MemoryTransport]) -> None:
    one, other = ends
    thread = threading.Timer(0.05, one.send, [b"here"])
    thread.start()
    assert other.receive(30.0) == b"here"
    thread.join()


def test_an_interrupt_wakes_who_waits(ends: tuple[MemoryTransport, MemoryTransport]) -> None:
    one, _ = ends
    thread = threading.Timer(0.05, one.interrupt)
    thread.start()
    with pytest.raises(TransportError, match="interrupted"):
        one.receive(30.0)
    thread.join()
    with pytest.raises(TransportError, match="interrupted"):
        one.receive(0.0)
    one.close()
    one.open()
    assert one.receive(0.0) == b""
