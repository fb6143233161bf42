"""Converters and their habits: what they say, whom they let wait, what they close."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from rig.converter import Converter
from rig.daemon import until

import dlmslite
from dlmslite.errors import ConverterError

pytestmark = pytest.mark.interop

ENERGY = "1.1.1.8.0.255"


def connect(converter: Converter, **options: Any) -> dlmslite.Client:
    auth = dlmslite.Lls(b"22222222")
    return dlmslite.connect(converter.url, client=1, auth=auth, **{"timeout": 5.0, **options})


@pytest.fixture
def queueing() -> Iterator[Converter]:
    with Converter() as converter:
        yield converter


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (b"Port already in use\r\n", "port-busy"),
        (b"Port's device already in use\r\n", "port-busy"),
        (b"Port's device failed open\r\n", "device-failed"),
    ],
)
def test_a_second_client_that_is_refused_is_told_why_at_once(text: bytes, cause: str) -> None:
    with Converter(refuses=text) as converter, connect(converter) as first:
        began = time.monotonic()
        with pytest.raises(ConverterError) as caught:
            connect(converter, timeout=30.0)
        assert time.monotonic() - began < 10.0
        assert caught.value.cause == cause
        assert caught.value.hint
        assert first.read(ENERGY).raw > 0


def test_a_second_client_that_waits_without_a_word_is_told_from_a_silent_meter(
    queueing: Converter,
) -> None:
    with connect(queueing) as first:
        with pytest.raises(dlmslite.DeadlineExceeded) as queued:
            connect(queueing, timeout=0.6)
        queueing.is_mute = True
        first.timeout = 0.6
        with pytest.raises(dlmslite.DeadlineExceeded) as silent:
            first.read(ENERGY)
        queueing.is_mute = False
    assert queued.value.cause == "never-heard"
    assert "second client" in queued.value.hint
    assert silent.value.cause == "fell-silent"


def test_an_idle_connection_that_was_closed_says_so_with_a_remedy() -> None:
    with Converter() as converter, connect(converter) as meter:
        converter.idle = 0.2
        until(lambda: converter.closed, "it is closed")
        with pytest.raises(ConverterError) as caught:
            meter.read(ENERGY)
        assert caught.value.cause == "idle"
        assert "keepalive=" in caught.value.hint


def test_l11_the_client_connects_again_before_it_sends() -> None:
    with Converter() as converter, connect(converter, inactivity=1.0) as meter:
        before = meter.read(ENERGY).raw
        for count in (1, 2):
            idle = time.monotonic()
            converter.idle = 0.2
            until(lambda: converter.closed == count, "it is closed")  # noqa: B023 - called at once
            converter.idle = 0.0
            until(lambda: time.monotonic() - idle > 1.0, "the client knows it")  # noqa: B023 - called at once
            assert meter.read(ENERGY).raw == before
            assert meter.reopened == count
        assert converter.connections == 3


def test_a_cheap_read_keeps_the_connection_open() -> None:
    with Converter(idle=2.0) as converter, connect(converter, keepalive=0.2) as meter:
        time.sleep(2.5)
        assert meter.read(ENERGY).raw > 0
        assert meter.reopened == 0
        assert converter.connections == 1


def test_l08_a_client_that_died_does_not_block_the_next(queueing: Converter) -> None:
    dead = connect(queueing)
    dead.abort()
    dead.close()
    with connect(queueing) as meter:
        assert meter.read(ENERGY).raw > 0
