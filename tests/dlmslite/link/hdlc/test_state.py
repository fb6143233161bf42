from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.frames import frames

from dlmslite.link.hdlc.address import Address
from dlmslite.link.hdlc.frames import DISC, DM, FRMR, RNR, RR, SNRM, UA, UI, Frame, I
from dlmslite.link.hdlc.state import (
    MODE,
    SEGMENT,
    SENT_BY,
    TURN,
    LinkState,
    Mode,
    Segment,
    SegmentEvent,
    Turn,
    TurnEvent,
)
from dlmslite.role import Role

A, B = Address(1), Address(16)
EVERY_TYPE = (I, RR, RNR, SNRM, DISC, UA, DM, FRMR, UI)


def example(kind: type[Frame], *, pf: bool = True) -> Frame:
    if kind is I:
        return I(A, B, 0, 0, pf)
    if kind in {RR, RNR}:
        return kind(A, B, 0, pf)
    return kind(A, B, pf)


def at(mode: Mode) -> LinkState:
    state = LinkState()
    state._enter(mode)
    return state


def test_the_tables_name_every_state() -> None:
    assert set(MODE) == set(Mode)
    assert set(TURN) == set(Turn)
    assert set(SEGMENT) == set(Segment)
    assert all(set(row) == set(SegmentEvent) for row in SEGMENT.values())


def test_every_type_is_sent_by_someone() -> None:
    assert SENT_BY[Role.CLIENT] | SENT_BY[Role.SERVER] == set(EVERY_TYPE)


@pytest.mark.parametrize(
    ("mode", "kind", "sender", "pf"),
    list(itertools.product(Mode, EVERY_TYPE, Role, (False, True))),
    ids=str,
)
def test_every_state_with_every_input(
    mode: Mode, kind: type[Frame], sender: Role, pf: bool
) -> None:
    state = at(mode)
    frame = example(kind, pf=pf)
    legal = kind in MODE[mode] and kind in SENT_BY[sender]
    turn = state.turn
    assert state.passed(frame, sender) is legal
    if not legal:
        assert (state.mode, state.turn) == (mode, turn)
        return
    assert state.mode is MODE[mode][kind]
    if kind is UI or not pf:
        assert state.turn is Turn.PRIMARY
    else:
        assert state.turn is (Turn.SECONDARY if sender is Role.CLIENT else Turn.PRIMARY)


def test_the_turn_goes_round() -> None:
    state = at(Mode.CONNECTED)
    assert state.may_speak(Role.CLIENT)
    assert not state.may_speak(Role.SERVER)
    state.passed(example(RR), Role.CLIENT)
    assert state.may_speak(Role.SERVER)
    state.passed(example(I, pf=False), Role.SERVER)
    assert state.may_speak(Role.SERVER)
    state.passed(example(I), Role.SERVER)
    assert state.may_speak(Role.CLIENT)
    state.passed(example(RR), Role.CLIENT)
    state.deadline_passed()
    assert state.may_speak(Role.CLIENT)
    assert TURN[Turn.PRIMARY].get(TurnEvent.DEADLINE) is None


@pytest.mark.parametrize("kind", [SNRM, DISC, DM, FRMR])
def test_segments_are_whole_when_the_mode_leaves_connected(kind: type[Frame]) -> None:
    state = at(Mode.CONNECTED)
    for role in Role:
        state.segment_passed(role, more=True)
        assert state.segments[role] is Segment.PARTIAL
    state.passed(example(kind), Role.SERVER if kind in {DM, FRMR} else Role.CLIENT)
    assert set(state.segments.values()) == {Segment.WHOLE}


def test_a_last_segment_makes_whole() -> None:
    state = at(Mode.CONNECTED)
    state.segment_passed(Role.SERVER, more=True)
    state.segment_passed(Role.SERVER, more=True)
    assert state.segments[Role.CLIENT] is Segment.WHOLE
    state.segment_passed(Role.SERVER, more=False)
    assert state.segments[Role.SERVER] is Segment.WHOLE


def test_a_link_comes_up_with_the_turn_at_the_client_even_without_the_final_bit() -> None:
    state = LinkState()
    state.passed(example(SNRM), Role.CLIENT)
    assert state.turn is Turn.SECONDARY
    state.passed(example(UA, pf=False), Role.SERVER)
    assert (state.mode, state.turn) == (Mode.CONNECTED, Turn.PRIMARY)


def test_a_dropped_link_is_disconnected() -> None:
    state = at(Mode.CONNECTED)
    state.passed(example(RR), Role.CLIENT)
    state.segment_passed(Role.SERVER, more=True)
    state.drop()
    assert (state.mode, state.turn) == (Mode.DISCONNECTED, Turn.PRIMARY)
    assert state.segments[Role.SERVER] is Segment.WHOLE


@given(st.lists(st.tuples(frames(max_size=4), st.sampled_from(Role)), max_size=30))
def test_no_frame_leads_out_of_the_tables(passed: list[tuple[Frame, Role]]) -> None:
    state = LinkState()
    for frame, sender in passed:
        state.passed(frame, sender)
        assert state.mode in MODE
        assert state.turn in TURN
