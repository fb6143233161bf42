"""A turn decides; the thread only waits."""

from __future__ import annotations

import threading

import pytest

from dlmslite.errors import ConnectionClosed, ServiceError
from dlmslite.keepalive import KeepAlive


def test_a_connection_in_use_is_left_alone() -> None:
    keeper = KeepAlive(25.0, lambda: 10.0, pytest.fail)
    assert keeper.turn() == 15.0
    assert keeper.touches == 0


def test_an_idle_connection_is_touched() -> None:
    touched: list[int] = []
    keeper = KeepAlive(25.0, lambda: 25.0, lambda: touched.append(1))
    assert keeper.turn() == 25.0
    assert (touched, keeper.touches) == ([1], 1)


def test_a_refusal_is_a_sign_of_life() -> None:
    def refuse() -> None:
        raise ServiceError("read-write-denied")

    assert KeepAlive(25.0, lambda: 30.0, refuse).turn() == 25.0


def test_a_connection_that_is_gone_is_touched_no_more() -> None:
    def fail() -> None:
        raise ConnectionClosed("gone")

    keeper = KeepAlive(25.0, lambda: 30.0, fail)
    assert keeper.turn() is None
    assert keeper.touches == 0


def test_the_thread_touches_and_ends() -> None:
    touched = threading.Event()
    keeper = KeepAlive(0.01, lambda: 1.0, touched.set)
    keeper.start()
    assert touched.wait(10.0)
    keeper.stop()
    keeper._thread.join(10.0)
    assert not keeper._thread.is_alive()


def test_the_thread_ends_with_the_connection() -> None:
    def fail() -> None:
        raise ConnectionClosed("gone")

    keeper = KeepAlive(0.001, lambda: 1.0, fail)
    keeper.start()
    keeper._thread.join(10.0)
    assert not keeper._thread.is_alive()
