"""An association from AARQ to RLRE, both roles talking to one another."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig.talk import ENERGY, SERVICES, VALUE, Talk, aare, aarq, answer, get, get_list
from strategies.apdus import apdus, results
from strategies.values import data_values

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import GetRequestNormal, GetResponseNormal, GetResponseWithList
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.invoke_id import INVOKE_IDS
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import (
    Answered,
    AssociationEnded,
    AssociationEvent,
    AssociationOpened,
    BlockReceived,
    Ignored,
    Notified,
    ProofWanted,
    Requested,
)
from dlmslite.association.state import AssociationState
from dlmslite.codes import AcseUserDiagnostic, DataAccessResult
from dlmslite.errors import StateError
from dlmslite.role import Role
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType


def only(events: list[AssociationEvent]) -> Answered:
    """The one event, which is an answer."""
    (event,) = events
    assert isinstance(event, Answered)
    return event


def test_an_association_opens_serves_and_ends() -> None:
    talk = Talk()

    opened, answered = talk.open()

    assert isinstance(opened, AssociationOpened)
    assert isinstance(answered, Answered)
    assert answered.answer == aare()
    assert talk.client.is_open
    assert talk.server.is_open

    read = only(talk.ask(get()))
    assert isinstance(read.answer, GetResponseNormal)
    assert read.answer.result == VALUE

    assert talk.ask(Rlrq()) == [AssociationEnded("released"), Answered(Rlrq(), Rlre())]
    assert talk.client.state is talk.server.state is AssociationState.IDLE


def test_p10_the_conformance_is_what_both_offer() -> None:
    talk = Talk(accept=aare(conformance=Conformance.GET | Conformance.ACTION))

    opened = talk.open()[0]

    assert isinstance(opened, AssociationOpened)
    assert opened.conformance == talk.client.conformance == talk.server.conformance
    assert talk.client.conformance == Conformance.GET


def test_p11_each_side_learns_what_the_other_takes() -> None:
    talk = Talk(accept=aare(max_pdu=0))

    talk.open(max_pdu=300)

    assert talk.client.max_pdu == 0
    assert talk.server.max_pdu == 300


def test_x01_six_hundred_requests_through_all_sixteen_invoke_ids() -> None:
    talk = Talk()
    talk.open()

    octets = []
    for _ in range(600):
        read = only(talk.ask(get()))
        assert isinstance(read.request, GetRequestNormal)
        assert isinstance(read.answer, GetResponseNormal)
        assert read.answer.invoke_id == read.request.invoke_id
        assert read.answer.result == VALUE
        octets.append(read.request.invoke_id.octet)

    assert octets == [0xC0 + (1 + count) % 16 for count in range(600)]


@pytest.mark.parametrize("octet", range(256))
def test_x01_a_server_repeats_every_invoke_id_and_priority(octet: int) -> None:
    server = Association(Role.SERVER)
    server.receive(aarq().encode())
    server.send(aare())
    request = GetRequestNormal(INVOKE_IDS[octet], ENERGY)
    server.data_to_send()
    server.events()

    server.receive(request.encode())
    server.send(answer(request))

    assert server.events() == [Requested(request)]
    assert server.data_to_send() == [bytes((0xC4, 1, octet, 0)) + VALUE.octets]


@pytest.mark.parametrize("octet", range(256))
def test_x01_a_client_takes_the_answer_whatever_priority_it_comes_with(octet: int) -> None:
    client = Association(Role.CLIENT)
    client.send(aarq())
    client.receive(aare().encode())
    client.send(get())
    client.events()

    client.receive(GetResponseNormal(INVOKE_IDS[octet], VALUE).encode())

    (event,) = client.events()
    if octet % 16 == 1:
        assert isinstance(event, Answered)
    else:
        assert event == Ignored(GetResponseNormal(INVOKE_IDS[octet], VALUE).encode(), "stale")


@given(data_values, st.integers(12, 120))
def test_p13_what_the_client_cannot_take_whole_comes_in_blocks(value: Data, max_pdu: int) -> None:
    talk = Talk(meter=lambda _: value)
    talk.open(max_pdu)
    before = len(talk.wire)

    read = only(talk.ask(get()))

    assert isinstance(read.answer, GetResponseNormal)
    assert read.answer.result == value
    answers = talk.wire[before + 1 :: 2]
    assert all(len(octets) <= max_pdu for octets in answers)


@given(st.lists(results(), min_size=1, max_size=5), st.integers(12, 60))
def test_x05_a_list_in_blocks_has_one_result_for_each_item(
    values: list[Data | DataAccessResult], max_pdu: int
) -> None:
    remaining = iter(values)
    talk = Talk(meter=lambda _: next(remaining))
    talk.open(max_pdu)

    read = only(talk.ask(get_list(*[ENERGY] * len(values))))

    assert isinstance(read.answer, GetResponseWithList)
    assert read.answer.results == tuple(values)


def test_a_streamed_answer_is_handed_over_block_by_block() -> None:
    value = Data.of(DataType.OCTET_STRING, bytes(range(100)))
    talk = Talk(meter=lambda _: value)
    talk.open(max_pdu=40)

    events = talk.ask(get(), streamed=True)
    octets = b""
    while True:
        (block,) = events
        assert isinstance(block, BlockReceived)
        octets += block.octets
        if block.last:
            break
        talk.client.proceed()
        events = talk.run()

    assert octets == value.octets
    with pytest.raises(StateError, match="no transfer"):
        talk.client.proceed()


def test_a_streamed_answer_that_is_short_is_an_answer() -> None:
    talk = Talk()
    talk.open()

    assert isinstance(only(talk.ask(get(), streamed=True)).answer, GetResponseNormal)


def test_a_streamed_transfer_that_is_cancelled_leaves_room_for_the_next_request() -> None:
    answers = iter([Data.of(DataType.OCTET_STRING, bytes(100)), VALUE])
    talk = Talk(meter=lambda _: next(answers))
    talk.open(max_pdu=40)
    talk.ask(get(), streamed=True)

    talk.client.cancel()
    read = only(talk.ask(get()))

    assert isinstance(read.answer, GetResponseNormal)
    assert read.answer.result == VALUE


def test_x01_an_answer_that_comes_after_the_request_was_given_up_is_stale() -> None:
    talk = Talk()
    talk.open()
    talk.client.send(get())
    (late_request,) = talk.client.data_to_send()
    talk.server.receive(late_request)
    (requested,) = [event for event in talk.server.events() if isinstance(event, Requested)]
    talk.client.cancel()
    talk.client.send(get())
    talk.server.send(answer(requested.apdu, lambda _: Data.of(DataType.NULL_DATA)))
    (late,) = talk.server.data_to_send()

    talk.client.receive(late)
    assert talk.client.events() == [Ignored(late, "stale")]
    read = only(talk.run())

    assert isinstance(read.answer, GetResponseNormal)
    assert read.answer.result == VALUE


def test_p08_hls_is_accepted_and_a_proof_is_wanted_first() -> None:
    asks_proof = Aare(
        diagnostic=AcseUserDiagnostic.AUTHENTICATION_REQUIRED,
        user_information=aare().user_information,
    )
    good, bad = Talk(accept=asks_proof), Talk(accept=asks_proof)

    assert good.open() == bad.open() == [ProofWanted(asks_proof)]
    assert good.client.state is AssociationState.AUTHENTICATING
    good.client.authenticated(good=True)
    bad.client.authenticated(good=False)

    assert good.client.is_open
    assert bad.client.state is AssociationState.IDLE
    assert bad.client.events() == [AssociationEnded("proof-failed")]
    with pytest.raises(StateError):
        good.client.authenticated(good=True)


@pytest.mark.parametrize("role", Role)
def test_a_lost_link_ends_everything(role: Role) -> None:
    talk = Talk()
    talk.open()
    side = talk.client if role is Role.CLIENT else talk.server
    side.events()

    side.link_lost()

    assert side.events() == [AssociationEnded("link-lost")]
    assert side.state is AssociationState.IDLE
    assert side.conformance == Conformance(0)
    side.link_lost()
    assert side.events() == []


def test_a_notification_moves_nothing() -> None:
    talk = Talk()
    push = bytes.fromhex("0f00000001000203")
    talk.open()

    talk.client.receive(push)
    talk.client.notified(push)

    assert talk.client.events() == [Notified(push), Notified(push)]
    assert talk.client.is_open


@pytest.mark.parametrize("role", Role)
def test_nobody_sends_what_the_other_side_sends(role: Role) -> None:
    side = Association(role)
    wrong: Apdu = aare() if role is Role.CLIENT else aarq()

    with pytest.raises(StateError, match=f"a {role.value} sends no"):
        side.send(wrong)
    with pytest.raises(StateError, match="sends no initiate-request"):
        side.send(InitiateRequest(conformance=SERVICES, max_pdu=0))


def test_a_server_asks_for_no_blocks() -> None:
    with pytest.raises(StateError):
        Association(Role.SERVER).proceed()


def prepared(role: Role, state: AssociationState) -> Association:
    """A side that was brought into a state."""
    side = Association(role)
    accept = aare()
    if state is AssociationState.AUTHENTICATING:
        accept = Aare(
            diagnostic=AcseUserDiagnostic.AUTHENTICATION_REQUIRED,
            user_information=accept.user_information,
        )
    talk = Talk(accept=accept)
    if state is AssociationState.REQUESTED:
        talk.client.send(aarq())
        talk.server.receive(aarq().encode())
    elif state is not AssociationState.IDLE:
        talk.open()
    if state is AssociationState.RELEASING:
        talk.client.send(Rlrq())
        talk.server.receive(Rlrq().encode())
    side = talk.client if role is Role.CLIENT else talk.server
    side.events()
    side.data_to_send()
    assert side.state is state
    return side


CORNERS = list(itertools.product(Role, AssociationState))


@pytest.mark.parametrize(("role", "state"), CORNERS)
@given(
    received=st.lists(apdus().map(lambda apdu: apdu.encode()) | st.binary(max_size=30), max_size=4)
)
def test_whatever_is_received_in_whatever_state_is_survived(
    role: Role, state: AssociationState, received: list[bytes]
) -> None:
    side = prepared(role, state)

    for octets in received:
        side.receive(octets)
        assert side.state in AssociationState

    assert len(side.events()) <= 2 * len(received)
    side.link_lost()
    assert side.state is AssociationState.IDLE


@pytest.mark.parametrize(("role", "state"), CORNERS)
@given(apdu=apdus(), streamed=st.booleans())
def test_whatever_is_sent_in_whatever_state_goes_out_or_is_refused(
    role: Role, state: AssociationState, apdu: Apdu, streamed: bool
) -> None:
    side = prepared(role, state)

    try:
        side.send(apdu, streamed=streamed)
    except StateError:
        assert side.data_to_send() == []
        assert side.state is state
    else:
        assert len(side.data_to_send()) == 1
