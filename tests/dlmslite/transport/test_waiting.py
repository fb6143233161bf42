"""A wait that another thread can end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from dlmslite.errors import TransportError
from dlmslite.transport.waiting import READ, WRITE, Waiting


@pytest.fixture
def ends() -> Iterator[tuple[Waiting, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        waiting = Waiting("the wire", one.fileno())
        yield waiting, other
        waiting.close()


def test_readiness_and_its_absence(ends: tuple[Waiting, socket.socket]) -> None:
    waiting, other = ends
    assert not waiting.wait(READ, 0.0)
    assert not waiting.wait(READ, -1.0)
    assert waiting.wait(WRITE, 5.0)
    assert not waiting.wait(READ, 0.01)
    other.send(b"x")
    assert waiting.wait(READ, 5.0)


def test_a_wake_ends_the_wait_and_every_later_one(ends: tuple[Waiting, socket.socket]) -> None:
    waiting, _ = ends
    thread = threading.Timer(0.05, waiting.wake)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TransportError, match="the wire: interrupted"):
        waiting.wait(READ, 30.0)
    assert time.monotonic() - began < 10.0
    with pytest.raises(TransportError):
        waiting.wait(WRITE, 30.0)
    thread.join()


def test_a_wake_after_the_end_is_no_error(ends: tuple[Waiting, socket.socket]) -> None:
    ends[0].close()
    ends[0].wake()
