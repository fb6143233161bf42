from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.link.base import Discarded, NotificationReceived
from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import UI
from dlmslite.link.hdlc.pushes import Pushes, everybody, push
from dlmslite.role import Role

C, S = Address(16), Address(1)


def pushed(apdu: bytes, size: int = 128) -> list[UI]:
    return push(Role.SERVER, apdu, size, destination=C, source=S)


@given(st.binary(min_size=1, max_size=600), st.integers(1, 130))
def test_i13_what_is_cut_is_joined_again(apdu: bytes, size: int) -> None:
    pushes, frames = Pushes(1000), pushed(apdu, size)
    assert all(len(frame.information) <= size and not frame.pf for frame in frames)
    *first, last = [pushes.take(frame) for frame in frames]
    assert not any(first)
    assert last == NotificationReceived(apdu, 1, 16)


@pytest.mark.parametrize("lost", range(3))
def test_i13_a_lost_segment_does_not_spoil_the_next_push(lost: int) -> None:
    pushes, frames = Pushes(1000), pushed(bytes(300))
    events = [pushes.take(frame) for index, frame in enumerate(frames) if index != lost]
    events += [pushes.take(frame) for frame in pushed(b"\x0fnext")]
    assert events[-1] == NotificationReceived(b"\x0fnext", 1, 16)


def test_a_push_without_end_is_dropped_and_memory_stays_bounded() -> None:
    pushes = Pushes(1000)
    endless = UI(C, S, False, bytes(400), segmented=True)
    assert [pushes.take(endless) for _ in range(2)] == [None, None]
    dropped = pushes.take(endless)
    assert isinstance(dropped, Discarded)
    assert dropped.reason == "apdu-too-long"


def test_reset_forgets_half_a_push() -> None:
    pushes = Pushes(1000)
    pushes.take(UI(C, S, False, b"half", segmented=True))
    pushes.reset()
    assert pushes.take(UI(C, S, False, b"whole")) == NotificationReceived(b"whole", 1, 16)


@pytest.mark.parametrize("address", [Address(1), Address(1, 17), Address(1, 200)])
def test_a06_everybody_in_each_width(address: Address) -> None:
    all_of_them = everybody(address)
    assert all_of_them.size == address.size
    assert all_of_them.is_all_station
