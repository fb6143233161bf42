from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmslite.link.hdlc.segments import Segment
from dlmslite.link.hdlc.window import Arrival, Window


def segment(number: int) -> Segment:
    return Segment(bytes([number]), more=True)


def test_i03_numbers_wrap_at_7_and_nr_acknowledges_up_to_one_less() -> None:
    window = Window(transmit=7)
    numbers = []
    for index in range(20):
        numbers.append(window.number(segment(index)))
        assert window.acknowledge((numbers[-1] + 1) % 8)
        assert window.unacknowledged == []
    assert numbers == [index % 8 for index in range(20)]


def test_i03_the_expected_number_wraps() -> None:
    window = Window()
    for index in range(20):
        assert window.vr == index % 8
        assert window.arrived(index % 8) is Arrival.IN_SEQUENCE


@pytest.mark.parametrize("size", range(1, 8))
def test_i06_a_window_lets_so_many_be_under_way(size: int) -> None:
    window = Window(transmit=size)
    for index in range(size):
        assert window.is_open
        window.number(segment(index))
    assert not window.is_open
    assert window.acknowledge(1)
    assert window.is_open
    assert [ns for ns, _ in window.unacknowledged] == list(range(1, size))


@pytest.mark.parametrize("size", range(1, 8))
def test_i07_i08_behind_is_a_duplicate_ahead_within_the_window_is_a_gap(size: int) -> None:
    for offset in range(1, 8):
        window = Window(receive=size)
        window.arrived(0)
        expected = Arrival.GAP if offset < size else Arrival.DUPLICATE
        assert window.arrived((1 + offset) % 8) is expected
        assert window.vr == 1


@given(st.integers(1, 7), st.integers(0, 7), st.integers(0, 7))
def test_an_acknowledgement_of_what_was_never_sent_changes_nothing(
    sent: int, start: int, nr: int
) -> None:
    window = Window(transmit=7)
    for index in range(start):
        window.number(segment(index))
        window.acknowledge((index + 1) % 8)
    for index in range(sent):
        window.number(segment(index))
    before = window.unacknowledged
    meant = (nr - start) % 8 <= sent
    assert window.acknowledge(nr) is meant
    left = sent - (nr - start) % 8 if meant else sent
    assert window.unacknowledged == before[sent - left :]
    assert window.unacknowledged_count == left


@given(st.lists(st.integers(0, 7), max_size=40), st.integers(1, 7))
def test_only_the_expected_number_moves_vr(numbers: list[int], size: int) -> None:
    window = Window(receive=size)
    for ns in numbers:
        before = window.vr
        arrival = window.arrived(ns)
        assert (arrival is Arrival.IN_SEQUENCE) == (ns == before)
        assert window.vr == ((before + 1) % 8 if ns == before else before)


def test_i14_a_new_window_starts_at_zero() -> None:
    window = Window()
    assert (window.vs, window.vr, window.unacknowledged) == (0, 0, [])


@pytest.mark.parametrize(
    ("sent", "acknowledged", "nr", "never"),
    [(1, 0, 2, True), (1, 0, 5, False), (1, 1, 0, False), (7, 4, 0, True), (7, 4, 2, False)],
)
def test_an_acknowledgement_far_behind_is_old_and_one_ahead_was_never_due(
    sent: int, acknowledged: int, nr: int, never: bool
) -> None:
    window = Window(7, 7)
    for _ in range(sent):
        window.number(Segment(b"", more=False))
    window.acknowledge(acknowledged)
    assert not window.acknowledge(nr)
    assert window.was_never_sent(nr) is never
