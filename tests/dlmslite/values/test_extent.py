"""Tests of dlmslite.values.extent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import data_values

from dlmslite.errors import DecodeError
from dlmslite.values.data import Data, decode_plain
from dlmslite.values.extent import Extent


@given(data_values, st.binary(max_size=3))
def test_a_value_is_reached_with_its_last_octet_and_not_before(data: Data, behind: bytes) -> None:
    extent = Extent()
    for size in range(len(data.octets)):
        assert not extent.reached(data.octets[:size])
    assert extent.reached(data.octets + behind)
    assert Extent().reached(data.octets)


@given(st.binary(max_size=30))
def test_what_is_reached_is_decoded_or_broken_whatever_follows(octets: bytes) -> None:
    piecewise = Extent()
    reached = [piecewise.reached(octets[:size]) for size in range(len(octets) + 1)][-1]
    assert Extent().reached(octets) == reached
    if not reached:
        with pytest.raises(DecodeError):
            decode_plain(octets)


@pytest.mark.parametrize("octets", ["0b", "07", "0201 0e", "0980", "1309 80"])
def test_what_nothing_would_mend_is_reached(octets: str) -> None:
    assert Extent().reached(bytes.fromhex(octets))


def test_x03_a_cut_inside_a_tag_or_a_length_is_waited_for() -> None:
    octets = bytes.fromhex("02 02 09 82 0003 616263 13 02 02 11 01 0001 12 08 0100020300040005")
    extent = Extent()
    assert [extent.reached(octets[:size]) for size in range(len(octets) + 1)] == (
        [False] * len(octets) + [True]
    )


def test_the_work_is_linear_in_the_octets() -> None:
    octets = b"\x02\x83\x00\xff\xff" + b"\0" * 0xFFFF

    class Counting(Extent):
        steps = 0

        def _step(self, octets: bytes | bytearray) -> None:
            self.steps += 1
            super()._step(octets)

    extent = Counting()
    buffer = bytearray()
    for octet in octets:
        buffer.append(octet)
        extent.reached(buffer)
    assert extent.reached(buffer)
    assert extent.steps < 3 * len(octets)
