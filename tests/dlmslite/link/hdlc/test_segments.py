from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.errors import FramingError
from dlmslite.link.hdlc.segments import Joiner, Segment, cut


@given(st.binary(max_size=500), st.integers(1, 200))
def test_i02_what_is_cut_can_be_joined(information: bytes, size: int) -> None:
    segments = cut(information, size)
    assert all(len(segment.information) <= size for segment in segments)
    assert [segment.more for segment in segments] == [True] * (len(segments) - 1) + [False]
    joiner = Joiner()
    *first, last = [joiner.add(part.information, more=part.more) for part in segments]
    assert first == [None] * len(first)
    assert last == information


@pytest.mark.parametrize(("size", "pieces"), [(0, 1), (1, 1), (128, 1), (129, 2), (256, 2)])
def test_i12_a_last_segment_may_have_exactly_the_largest_size(size: int, pieces: int) -> None:
    assert len(cut(bytes(size), 128)) == pieces


def test_i12_an_empty_last_segment_ends_an_apdu() -> None:
    joiner = Joiner()
    assert joiner.add(b"all of it", more=True) is None
    assert joiner.add(b"", more=False) == b"all of it"


def test_nothing_to_send_is_one_empty_segment() -> None:
    assert cut(b"", 128) == [Segment(b"", more=False)]


def test_a_peer_that_never_ends_does_not_fill_the_memory() -> None:
    joiner = Joiner(limit=100)
    joiner.add(bytes(60), more=True)
    with pytest.raises(FramingError) as caught:
        joiner.add(bytes(60), more=True)
    assert caught.value.code == "apdu-too-long"
    assert joiner.add(b"next", more=False) == b"next"


def test_reset_forgets() -> None:
    joiner = Joiner()
    joiner.add(b"old", more=True)
    joiner.reset()
    assert joiner.add(b"new", more=False) == b"new"
