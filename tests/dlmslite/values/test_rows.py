"""Tests of dlmslite.values.rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.values import data_values, row_arrays

from dlmslite.errors import DecodeError
from dlmslite.values import rows
from dlmslite.values.data import Data, decode_plain
from dlmslite.values.kinds import BitString, DataType, Delta
from dlmslite.values.rows import RowDecoder, decode_rows

# Text tells the kinds of number apart and has NaN equal to itself.
same = repr


def fed(octets: bytes, cuts: list[int]) -> list[tuple[Any, ...]]:
    decoder = RowDecoder()
    found: list[tuple[Any, ...]] = []
    bounds = sorted({0, len(octets), *(cut % (len(octets) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        for batch in decoder.feed(octets[start:end]):
            found += batch.rows
    decoder.finish()
    return found


def counted(count: int, rest: bytes) -> bytes:
    return b"\x01\x82" + count.to_bytes(2, "big") + rest


@given(row_arrays())
def test_the_layout_gives_what_the_loop_gives(array: Data) -> None:
    assert same(decode_rows(array.octets)) == same(decode_plain(array.octets)[0])


@given(row_arrays(), st.lists(st.integers(0, 10_000), max_size=6))
def test_x03_pieces_cut_anywhere_give_the_same_rows(array: Data, cuts: list[int]) -> None:
    assert same(fed(array.octets, cuts)) == same(array.plain)


@given(row_arrays(max_runs=2))
def test_octet_by_octet_gives_the_same_rows(array: Data) -> None:
    assert same(fed(array.octets, list(range(len(array.octets))))) == same(array.plain)


@given(row_arrays(), st.binary(min_size=1, max_size=3))
def test_octets_behind_the_array_are_refused(array: Data, behind: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_rows(array.octets + behind)
    assert (caught.value.code, caught.value.offset) == ("trailing-bytes", len(array.octets))


@given(row_arrays(max_runs=2), st.data())
def test_a_cut_array_is_refused(array: Data, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(array.octets) - 1))
    with pytest.raises(DecodeError) as caught:
        decode_rows(array.octets[:size])
    assert (caught.value.code, caught.value.offset) == ("truncated", size)


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=4))
def test_any_octets_are_rows_or_refused(octets: bytes, cuts: list[int]) -> None:
    for prefix in (b"", b"\x01\x02", b"\x01\x02\x02\x02"):
        try:
            found = fed(prefix + octets, cuts)
        except DecodeError as error:
            assert 0 <= error.offset <= len(prefix + octets)
        else:
            assert same(found) == same(decode_plain(prefix + octets)[0])


@given(st.lists(data_values, min_size=1, max_size=3))
def test_rows_of_any_values_go_through_the_loop(values: list[Data]) -> None:
    row = Data.of(DataType.STRUCTURE, values)
    array = Data.of(DataType.ARRAY, [row] * 3)
    assert same(decode_rows(array.octets)) == same(array.plain)


def test_an_array_without_rows_is_complete_at_once() -> None:
    decoder = RowDecoder()
    assert decoder.feed(b"\x01") == []
    assert decoder.remaining is None
    assert decoder.feed(b"\x00") == []
    assert decoder.remaining == 0
    decoder.finish()


def test_rows_come_out_as_soon_as_they_are_there() -> None:
    row = bytes.fromhex("0201 1105")
    decoder = RowDecoder()
    assert decoder.feed(b"\x01\x03" + row[:-1]) == []
    assert [batch.rows for batch in decoder.feed(row[-1:] + row)] == [[(5,)], [(5,)]]
    assert decoder.remaining == 1


def test_most_rows_of_a_shape_do_not_go_through_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    looped = []
    monkeypatch.setattr(
        rows, "decode_plain", lambda *args: looped.append(args) or decode_plain(*args)
    )
    row = bytes.fromhex("0203 11ff 060000abcd 0903616263")
    null = bytes.fromhex("0203 00 060000abcd 0903616263")
    assert len(decode_rows(counted(1000, row * 1000))) == 1000
    assert len(looped) == 1
    # A profile that leaves its timestamps out after the first row, as compressed ones do.
    looped.clear()
    assert decode_rows(counted(1000, row + null * 999))[-1] == (None, 0xABCD, b"abc")
    assert len(looped) <= 4


def test_d01_rows_of_more_than_127_columns_go_through_the_loop() -> None:
    octets = counted(20, (b"\x02\x81\x80" + b"\x11\x05" * 128) * 20)
    assert decode_rows(octets) == [(5,) * 128] * 20


@pytest.mark.parametrize(
    ("columns", "complete"),
    [("11ff 16ff", True), ("11ff 00", False), ("11ff 1f01", False)],
)
def test_a_batch_knows_whether_its_rows_stand_alone(columns: str, complete: bool) -> None:
    octets = counted(20, (b"\x02\x02" + bytes.fromhex(columns)) * 20)
    first, *others = RowDecoder().feed(octets)
    assert not first.complete  # the loop does not look
    assert {batch.complete for batch in others} == {complete}


def test_d23_bit_strings_and_deltas_survive_as_they_are() -> None:
    octets = counted(2, bytes.fromhex("0202 0403a0 1f05") * 2)
    assert decode_rows(octets) == [(BitString("101"), Delta(5, DataType.DELTA_UNSIGNED))] * 2


@pytest.mark.parametrize(
    ("octets", "code", "offset"),
    [
        ("02", "bad-type", 0),
        ("0180", "bad-length", 1),
        ("0101 1105", "bad-row", 2),
        ("0102 0201 1105 0201 0b05", "unknown-type", 8),
        ("0102 0201 1105 0201 1306 03 00000001 0002 00", "truncated", 11),
    ],
)
def test_d17_what_is_wrong_is_told_with_its_offset(octets: str, code: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_rows(bytes.fromhex(octets))
    assert (caught.value.code, caught.value.offset) == (code, offset)


@pytest.mark.parametrize("whole", [True, False])
def test_d16_a_row_is_bounded(whole: bool) -> None:
    octets = bytes.fromhex("0101 0201 09 84") + (2**20).to_bytes(4, "big") + bytes(2**20)
    pieces = [octets] if whole else [octets[i : i + 4096] for i in range(0, len(octets), 4096)]
    decoder = RowDecoder()
    with pytest.raises(DecodeError) as caught:
        list(map(decoder.feed, pieces))
    assert caught.value.code == "too-long"


def test_d16_no_more_is_kept_than_one_unfinished_row() -> None:
    row = bytes.fromhex("0203 11ff 060000abcd 0903616263")
    decoder = RowDecoder()
    decoder.feed(counted(10_000, b""))
    for _ in range(300):
        decoder.feed(row[:7])
        decoder.feed(row[7:])
        assert len(decoder._buffer) < len(row)
