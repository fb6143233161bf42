"""A simulated meter decides at the AARQ who may ask, and answers what it has."""

from __future__ import annotations

import pytest
from rig.desk import NOW

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import ConfirmedServiceError
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import Answered, AssociationRefused
from dlmslite.codes import AcseUserDiagnostic, ApplicationContext, AssociationResult, Mechanism
from dlmslite.errors import ConfigurationError
from dlmslite.link.mode_e.settings import ModeESettings
from dlmslite.link.wrapper import WrapperLink, WrapperSettings
from dlmslite.role import Role
from dlmslite.session import Session
from dlmslite.simulator.models.single_phase import ENERGY, SERIAL, single_phase
from dlmslite.simulator.server import MeterServer, server_session
from dlmslite.values.references import AttributeReference

INITIATE = InitiateRequest(conformance=Conformance(0x00301D), max_pdu=1024)
ID = InvokeId.of(0)


class Conversation:
    def __init__(self, client: int = 1) -> None:
        meter = single_phase(days=1)
        self.server = MeterServer(meter, server_session(meter, "wrapper", 1), lambda: NOW)
        self.server.open(0.0)
        link = WrapperLink(Role.CLIENT, WrapperSettings(client_port=client, server_port=1))
        self.session = Session(link, Association(Role.CLIENT))
        self.session.open(0.0)

    def ask(self, request: Apdu) -> Apdu:
        self.session.send(request, 0.0)
        self.server.receive(self.session.data_to_send(), 0.0)
        self.session.receive(self.server.session.data_to_send(), 0.0)
        (event,) = (
            event
            for event in self.session.events()
            if isinstance(event, Answered | AssociationRefused)
        )
        return event.answer

    def associated(self) -> Conversation:
        self.ask(Aarq.asking(INITIATE, password=b"22222222"))
        return self


def refusal(aarq: Aarq, client: int = 1) -> Aare:
    answer = Conversation(client).ask(aarq)
    assert isinstance(answer, Aare)
    assert answer.result is AssociationResult.REJECTED_PERMANENT
    return answer


def test_the_public_client_needs_no_password() -> None:
    answer = Conversation(16).ask(Aarq.asking(INITIATE))
    assert isinstance(answer, Aare)
    assert answer.result is AssociationResult.ACCEPTED


@pytest.mark.parametrize(
    ("aarq", "client", "diagnostic"),
    [
        (Aarq.asking(INITIATE), 1, AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED),
        (Aarq.asking(INITIATE, password=b"x"), 1, AcseUserDiagnostic.AUTHENTICATION_FAILURE),
        (Aarq.asking(INITIATE), 99, AcseUserDiagnostic.NO_REASON_GIVEN),
        (
            Aarq(mechanism=Mechanism.HLS_GMAC, user_information=INITIATE.encode()),
            1,
            AcseUserDiagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED,
        ),
        (
            Aarq(application_context=ApplicationContext.SN, user_information=INITIATE.encode()),
            16,
            AcseUserDiagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED,
        ),
        (Aarq(), 16, AcseUserDiagnostic.NO_REASON_GIVEN),
    ],
)
def test_p06_each_refusal_has_its_diagnostic(
    aarq: Aarq, client: int, diagnostic: AcseUserDiagnostic
) -> None:
    assert refusal(aarq, client).diagnostic is diagnostic


def test_p07_no_common_service_is_a_refusal_with_a_service_error_inside() -> None:
    nothing = InitiateRequest(conformance=Conformance.WRITE, max_pdu=1024)
    context = refusal(Aarq.asking(nothing), 16).context()
    assert isinstance(context, ConfirmedServiceError)
    assert context.name == "incompatible-conformance"


def test_attributes_are_read_one_by_one_and_by_list() -> None:
    conversation = Conversation().associated()
    serial, energy = AttributeReference(1, SERIAL, 2), AttributeReference(3, ENERGY, 2)
    answer = conversation.ask(GetRequestNormal(ID, serial))
    assert isinstance(answer, GetResponseNormal)
    both = conversation.ask(GetRequestWithList(ID, (serial, energy)))
    assert isinstance(both, GetResponseWithList)
    assert both.results[0] == answer.result
    assert conversation.server.requests == 3


def test_p16_a_release_is_answered() -> None:
    assert isinstance(Conversation().associated().ask(Rlrq()), Rlre)


def test_an_unknown_framing_or_address_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        server_session(single_phase(days=1), "mbus", 1)
    with pytest.raises(ConfigurationError):
        server_session(single_phase(days=1), "wrapper", (1, 17))


def test_a_sign_on_comes_before_hdlc_where_it_is_asked_for() -> None:
    meter = single_phase(days=1)
    session = server_session(meter, "hdlc", 1, ModeESettings())
    server = MeterServer(meter, session, lambda: NOW)
    server.open(0.0)
    assert server.baud == 300
    server.receive(b"/?!\r\n", 1.0)
    server.deadline_passed(1.2)
    assert session.data_to_send() == b"/SIM5\\2dlmslite\r\n"
    server.receive(b"\x06252\r\n", 2.0)
    server.deadline_passed(2.3)
    assert server.baud == 9600
