from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import FramingError
from dlmslite.link.mbus.frames import MbusFrame
from dlmslite.link.mbus.telegrams import Telegrams


def segments(count: int, **fields: int) -> list[MbusFrame]:
    return [
        MbusFrame(segment=n % 16, final=n == count - 1, data=bytes((n, 1)), **fields)
        for n in range(count)
    ]


@given(st.integers(1, 40))
def test_segments_are_joined_also_beyond_the_last_number(count: int) -> None:
    telegrams = Telegrams()
    *first, last = segments(count)
    assert all(telegrams.add(frame) is None for frame in first)
    assert telegrams.add(last) == b"".join(bytes((n, 1)) for n in range(count))


def test_a_lost_segment_costs_its_own_telegram_only() -> None:
    telegrams = Telegrams()
    first, _, third = segments(3)
    telegrams.add(first)
    with pytest.raises(FramingError, match="out-of-sequence"):
        telegrams.add(third)
    assert [telegrams.add(frame) for frame in segments(2)] == [None, b"\x00\x01\x01\x01"]


def test_a_lost_last_segment_does_not_spoil_the_next_telegram() -> None:
    telegrams = Telegrams()
    telegrams.add(MbusFrame(final=False, data=b"lost"))
    assert telegrams.add(MbusFrame(data=b"new")) == b"new"


def test_a_segment_that_comes_twice_is_taken_once() -> None:
    telegrams = Telegrams()
    first, last = segments(2)
    telegrams.add(first)
    with pytest.raises(FramingError, match="duplicate"):
        telegrams.add(first)
    assert telegrams.add(last) == b"\x00\x01\x01\x01"


def test_the_same_telegram_may_come_again() -> None:
    telegrams = Telegrams()
    assert [telegrams.add(MbusFrame(data=b"same")) for _ in range(2)] == [b"same"] * 2


def test_a_segment_to_somebody_else_is_not_the_next() -> None:
    telegrams = Telegrams()
    telegrams.add(segments(2)[0])
    with pytest.raises(FramingError, match="out-of-sequence"):
        telegrams.add(segments(2, destination=9)[1])


def test_a_telegram_without_end_is_dropped() -> None:
    telegrams = Telegrams(limit=3)
    telegrams.add(segments(3)[0])
    with pytest.raises(FramingError, match="apdu-too-long"):
        telegrams.add(segments(3)[1])
    assert telegrams.add(MbusFrame(data=b"new")) == b"new"
