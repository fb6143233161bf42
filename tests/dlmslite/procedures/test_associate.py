"""An association proposes what this client uses, and takes what both sides have."""

from __future__ import annotations

import pytest
from rig.performing import perform

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.codes import Mechanism
from dlmslite.errors import ProtocolError
from dlmslite.procedures.associate import PROPOSED, associate

CONTEXT = InitiateResponse(conformance=Conformance(0x00301D), max_pdu=0x1900)
ACCEPTED = Aare(user_information=CONTEXT.encode())


def asked(**options: object) -> Aarq:
    request = perform(associate(**options), lambda _: ACCEPTED).requests[0]  # type: ignore[arg-type] # options by name
    assert isinstance(request, Aarq)
    return request


def test_p10_the_result_is_the_intersection() -> None:
    agreed = perform(associate(), lambda _: ACCEPTED).result
    assert agreed.conformance == PROPOSED & Conformance(0x00301D)
    assert agreed.max_pdu == 0x1900
    assert (agreed.dlms_version, agreed.vaa_name) == (6, 7)


def test_p03_no_title_is_sent_where_no_security_needs_it() -> None:
    assert asked().calling_ap_title is None
    assert asked(password=b"x").calling_ap_title is None


def test_p02_a_password_goes_with_its_mechanism() -> None:
    assert asked().mechanism is None
    assert asked(password=b"12345678").mechanism is Mechanism.LLS
    assert asked(password=b"12345678").calling_authentication_value == b"12345678"


def test_p11_the_largest_pdu_is_asked_for_by_default() -> None:
    proposal = asked().proposal()
    assert isinstance(proposal, InitiateRequest)
    assert proposal.max_pdu == 0xFFFF
    smaller = asked(max_pdu=300).proposal()
    assert isinstance(smaller, InitiateRequest)
    assert smaller.max_pdu == 300


@pytest.mark.parametrize("answer", [Aare(), CONTEXT])
def test_an_answer_without_context_is_a_breach_of_the_protocol(answer: Apdu) -> None:
    with pytest.raises(ProtocolError, match="without context"):
        perform(associate(), lambda _: answer)
