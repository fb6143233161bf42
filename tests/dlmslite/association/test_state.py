"""The tables: every state with every input, and nothing the tables do not list."""

from __future__ import annotations

import itertools

import pytest

from dlmslite.apdu.base import Kind
from dlmslite.association.state import (
    ASSOCIATION,
    SENDER,
    SERVICE,
    SERVING,
    AssociationInput,
    AssociationState,
    ServiceInput,
    ServiceState,
    advance,
)
from dlmslite.errors import ProtocolError
from dlmslite.role import Role

A, E = AssociationState, AssociationInput
S, N = ServiceState, ServiceInput

# Written once more, as architecture.md draws them: a table that changes by accident differs here.
ASSOCIATION_STEPS = {
    (A.IDLE, E.AARQ): A.REQUESTED,
    (A.REQUESTED, E.ACCEPTED): A.OPEN,
    (A.REQUESTED, E.PROOF_WANTED): A.AUTHENTICATING,
    (A.REQUESTED, E.REFUSED): A.IDLE,
    (A.AUTHENTICATING, E.PROOF_GOOD): A.OPEN,
    (A.AUTHENTICATING, E.PROOF_BAD): A.IDLE,
    (A.OPEN, E.RLRQ): A.RELEASING,
    (A.RELEASING, E.RLRE): A.IDLE,
    (A.RELEASING, E.REFUSED): A.IDLE,
} | {(state, E.LINK_LOST): A.IDLE for state in A}
SERVICE_STEPS = {
    (S.FREE, N.REQUEST): S.AWAITING,
    (S.AWAITING, N.ANSWER): S.FREE,
    (S.AWAITING, N.REFUSAL): S.FREE,
    (S.AWAITING, N.BLOCK): S.BLOCKS,
    (S.AWAITING, N.REQUEST): S.AWAITING,
    (S.BLOCKS, N.NEXT): S.AWAITING,
    (S.BLOCKS, N.REQUEST): S.AWAITING,
} | {(state, N.ABANDONED): S.FREE for state in S}


@pytest.mark.parametrize(("state", "event"), list(itertools.product(A, E)))
def test_every_input_in_every_state_of_an_association(state: A, event: E) -> None:
    following = ASSOCIATION_STEPS.get((state, event))

    if following is None:
        with pytest.raises(ProtocolError, match=f"has no place while {state.value}"):
            advance(ASSOCIATION, state, event)
    else:
        assert advance(ASSOCIATION, state, event) is following


@pytest.mark.parametrize(("state", "event"), list(itertools.product(S, N)))
def test_every_input_in_every_state_of_a_request(state: S, event: N) -> None:
    following = SERVICE_STEPS.get((state, event))

    if following is None:
        with pytest.raises(ProtocolError, match=f"has no place while {state.value}"):
            advance(SERVICE, state, event)
    else:
        assert advance(SERVICE, state, event) is following


def test_every_state_is_reached_and_every_state_can_be_left() -> None:
    for table, start in ((ASSOCIATION, A.IDLE), (SERVICE, S.FREE)):
        reached = {start}
        for _ in table:
            reached |= {following for state in reached for following in table[state].values()}
        assert reached == set(table)
        assert all(start in table[state].values() for state in table)


def test_services_are_asked_for_where_an_association_stands() -> None:
    assert {A.OPEN, A.AUTHENTICATING} == SERVING


def test_every_kind_that_travels_alone_has_one_sender() -> None:
    assert set(SENDER) == set(Kind) - {Kind.CONTEXT}
    assert {kind for kind, role in SENDER.items() if role is Role.CLIENT} == {
        Kind.AARQ,
        Kind.RLRQ,
        Kind.REQUEST,
        Kind.NEXT,
    }
