"""What both sides have in common."""

from __future__ import annotations

import pytest
from rig.talk import SERVICES, aare, aarq

from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.association.answering import Answering
from dlmslite.association.asking import Asking
from dlmslite.association.base import Side
from dlmslite.association.events import AssociationOpened, Ignored
from dlmslite.association.state import SENDER, AssociationState
from dlmslite.errors import ProtocolError
from dlmslite.role import Role

CONTEXT = InitiateResponse(conformance=Conformance.GET | Conformance.SET, max_pdu=500)
SIDES = pytest.mark.parametrize("side", [Asking, Answering])


@SIDES
def test_what_was_agreed_holds_until_it_is_forgotten(side: type[Side]) -> None:
    one = side()
    one.propose(aarq().proposal())

    assert one.stand(aare(), CONTEXT, 500)

    assert one.state is AssociationState.OPEN
    assert (one.conformance, one.max_pdu) == (SERVICES & CONTEXT.conformance, 500)
    assert one.events == [AssociationOpened(Conformance.GET, 500, aare())]
    one.forget()
    assert one.state is AssociationState.IDLE
    assert (one.conformance, one.max_pdu, one.proposal) == (Conformance(0), 0, None)


@SIDES
def test_without_a_readable_proposal_the_servers_word_holds(side: type[Side]) -> None:
    one = side()
    one.propose(None)

    one.stand(aare(), CONTEXT, 500)

    assert one.conformance == CONTEXT.conformance


@SIDES
def test_an_association_that_nobody_asked_for_does_not_stand(side: type[Side]) -> None:
    with pytest.raises(ProtocolError):
        side().stand(aare(), CONTEXT, 500)


@SIDES
def test_what_is_ignored_is_told(side: type[Side]) -> None:
    one = side()

    one.ignore(b"\x01", "stale")

    assert one.events == [Ignored(b"\x01", "stale")]


def test_each_side_takes_what_the_other_sends() -> None:
    for side, peer in ((Asking(), Role.SERVER), (Answering(), Role.CLIENT)):
        assert set(side.takers) == {kind for kind, role in SENDER.items() if role is peer}
