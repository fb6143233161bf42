"""Blocks: cut anywhere, numbered from 1, joined to what they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.apdus import results
from strategies.values import data_values

from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.invoke_id import INVOKE_IDS
from dlmslite.association import blocks
from dlmslite.association.blocks import Cutting, Joining, piece_size, refused_answer
from dlmslite.codes import DataAccessResult
from dlmslite.errors import DecodeError, ProtocolError
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

ENERGY = AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2)
ID = INVOKE_IDS[0xC5]
ONE = GetRequestNormal(ID, ENERGY)


def block(number: int, octets: bytes = b"", *, last: bool = False) -> GetResponseWithDatablock:
    return GetResponseWithDatablock(ID, last, number, octets)


def carried(cutting: Cutting, joining: Joining) -> list[GetResponseWithDatablock]:
    """Every block, from one side to the other."""
    sent = []
    while not sent or not sent[-1].last:
        sent.append(cutting.next_block())
        result = sent[-1].result
        assert isinstance(result, bytes)
        joining.add(sent[-1], result)
    return sent


@given(data_values, st.integers(11, 300))
def test_x03_a_value_cut_anywhere_is_joined_to_what_it_was(value: Data, max_pdu: int) -> None:
    response = GetResponseNormal(ID, value)
    joining = Joining()

    sent = carried(Cutting(response, max_pdu), joining)

    assert joining.answer(ONE) == response
    assert [each.block_number for each in sent] == list(range(1, len(sent) + 1))
    assert all(len(each.encode()) <= max_pdu for each in sent)


@given(st.lists(results(), min_size=1, max_size=4), st.integers(11, 100))
def test_x05_a_list_may_come_in_blocks(items: list[Data | DataAccessResult], max_pdu: int) -> None:
    response = GetResponseWithList(ID, items)
    joining = Joining()

    carried(Cutting(response, max_pdu), joining)

    assert joining.answer(GetRequestWithList(ID, (ENERGY,) * len(items))) == response


@pytest.mark.parametrize("numbers", [(0,), (2,), (1, 1), (1, 3), (1, 2, 2), (1, 9)])
def test_x02_a_gap_or_a_repeat_is_an_error(numbers: tuple[int, ...]) -> None:
    joining = Joining()
    *sound, wrong = numbers
    for number in sound:
        joining.add(block(number), b"")

    with pytest.raises(ProtocolError, match=f"block {wrong} came where {len(sound) + 1} was due"):
        joining.add(block(wrong), b"")
    assert joining.received == len(sound)


def test_x04_an_empty_last_block_ends_the_answer() -> None:
    joining = Joining()
    joining.add(block(1), bytes.fromhex("0600"))
    joining.add(block(2), bytes.fromhex("00dbd9"))
    joining.add(block(3, last=True), b"")

    assert joining.answer(ONE) == GetResponseNormal(
        ID, Data.of(DataType.DOUBLE_LONG_UNSIGNED, 56281)
    )


def test_blocks_that_are_no_value_together_are_refused() -> None:
    joining = Joining()
    joining.add(block(1, last=True), bytes.fromhex("0600"))

    with pytest.raises(DecodeError):
        joining.answer(ONE)


def test_an_answer_without_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "JOINED_MAX", 10)
    joining = Joining()
    joining.add(block(1), bytes(10))

    with pytest.raises(ProtocolError, match="more than 10 octets"):
        joining.add(block(2), b"\0")


def test_a_streamed_answer_is_not_kept_and_has_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "JOINED_MAX", 10)
    joining = Joining(keep=False)

    for number in range(1, 100):
        joining.add(block(number), bytes(9))

    assert joining.received == 99
    assert joining._pieces == []


@pytest.mark.parametrize("max_pdu", [*range(11, 300), 65535, 65536, 100000])
def test_p13_a_block_of_the_largest_piece_fits(max_pdu: int) -> None:
    size = piece_size(max_pdu)

    assert len(block(1, bytes(size)).encode()) <= max_pdu
    assert size == 0xFFFF or len(block(1, bytes(size + 1)).encode()) in {max_pdu + 1, max_pdu + 2}


def test_a_pdu_too_small_for_any_block_still_moves() -> None:
    assert piece_size(3) == 1


def test_x04_a_refused_transfer_gives_the_reason_for_every_item() -> None:
    reason = DataAccessResult.LONG_GET_ABORTED

    assert refused_answer(ONE, reason) == GetResponseNormal(ID, reason)
    assert refused_answer(GetRequestWithList(ID, (ENERGY, ENERGY)), reason) == GetResponseWithList(
        ID, (reason, reason)
    )
