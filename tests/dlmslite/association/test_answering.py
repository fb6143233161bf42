"""The server's side: what it serves by itself, and what it tells a client that errs."""

from __future__ import annotations

import pytest
from rig.talk import ENERGY, SERVICES, VALUE, aare, aarq, answer, get, get_list

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import decode
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import (
    GetRequestNext,
    GetRequestNormal,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import AssociationEnded, AssociationOpened, Ignored, Requested
from dlmslite.association.state import AssociationState
from dlmslite.codes import (
    AssociationResult,
    DataAccessResult,
    ServiceErrorReason,
)
from dlmslite.codes import (
    StateError as StateErrorCode,
)
from dlmslite.errors import StateError
from dlmslite.role import Role
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType

ID = InvokeId.of(5)
LONG = Data.of(DataType.OCTET_STRING, bytes(range(100)))
NOT_ALLOWED = (StateErrorCode.SERVICE_NOT_ALLOWED, ServiceErrorReason.OPERATION_NOT_POSSIBLE)
REFUSAL = ExceptionResponse(
    state_error=StateErrorCode.SERVICE_UNKNOWN,
    service_error=ServiceErrorReason.SERVICE_NOT_SUPPORTED,
)


def associated(max_pdu: int = 0xFFFF, conformance: Conformance = SERVICES) -> Association:
    server = Association(Role.SERVER)
    server.receive(aarq(max_pdu, conformance).encode())
    server.send(aare(conformance=conformance))
    server.events()
    server.data_to_send()
    return server


def told(server: Association) -> tuple[StateErrorCode, ServiceErrorReason]:
    """What the one exception response says."""
    (octets,) = server.data_to_send()
    apdu = decode(octets)
    assert isinstance(apdu, ExceptionResponse)
    return apdu.state_error, apdu.service_error


def sent_block(server: Association) -> GetResponseWithDatablock:
    (octets,) = server.data_to_send()
    apdu = decode(octets)
    assert isinstance(apdu, GetResponseWithDatablock)
    return apdu


def test_the_owner_decides_who_may_associate() -> None:
    server = Association(Role.SERVER)
    server.receive(aarq().encode())
    assert server.events() == [Requested(aarq())]

    server.send(Aare(result=AssociationResult.REJECTED_PERMANENT))

    assert server.state is AssociationState.IDLE
    server.receive(aarq().encode())
    server.send(aare())
    assert isinstance(server.events()[-1], AssociationOpened)
    assert server.is_open


def test_an_acceptance_carries_a_context() -> None:
    server = Association(Role.SERVER)
    server.receive(aarq().encode())

    with pytest.raises(StateError, match="initiate-response"):
        server.send(Aare())
    assert server.data_to_send() == []


def test_an_aarq_may_be_refused_by_an_exception() -> None:
    server = Association(Role.SERVER)
    server.receive(aarq().encode())

    server.send(REFUSAL)

    assert server.state is AssociationState.IDLE
    assert server.data_to_send() == [REFUSAL.encode()]


@pytest.mark.parametrize(
    "octets",
    [
        GetRequestNormal(ID, ENERGY).encode(),
        Rlrq().encode(),
    ],
    ids=["get", "rlrq"],
)
def test_without_an_association_nothing_is_served(octets: bytes) -> None:
    server = Association(Role.SERVER)

    server.receive(octets)

    assert told(server) == NOT_ALLOWED
    assert server.events() == [Ignored(octets, "not-allowed")]


def test_a_second_aarq_is_not_allowed() -> None:
    server = associated()

    server.receive(aarq().encode())

    assert told(server) == NOT_ALLOWED
    assert server.is_open


def test_v03_an_unsound_aarq_is_told_so() -> None:
    server = Association(Role.SERVER)
    octets = aarq().encode()
    unsound = octets[:1] + bytes([octets[1] - 2]) + octets[2:]

    server.receive(unsound)

    assert told(server)[1] is ServiceErrorReason.OTHER_REASON
    assert server.events() == [Ignored(unsound, "not-allowed")]
    assert server.state is AssociationState.IDLE


@pytest.mark.parametrize("tag", ["05", "06", "c1", "c3", "d9"])
def test_services_that_are_not_served_are_named_unknown(tag: str) -> None:
    server = associated()
    octets = bytes.fromhex(f"{tag}01c100")

    server.receive(octets)

    assert told(server)[0] is StateErrorCode.SERVICE_UNKNOWN
    assert server.events() == [Ignored(octets, "unknown-apdu")]


@pytest.mark.parametrize("octets", [b"\xc5\x01\xc1\x00", Rlre().encode(), aare().encode()])
def test_answers_of_another_server_are_not_answered(octets: bytes) -> None:
    server = associated()

    server.receive(octets)

    assert server.data_to_send() == []
    assert isinstance(server.events()[0], Ignored)


def test_a_release_is_the_owners_to_answer() -> None:
    server = associated()
    server.receive(GetRequestNormal(ID, ENERGY).encode())
    server.receive(Rlrq().encode())
    assert server.events()[-1] == Requested(Rlrq())

    with pytest.raises(StateError, match="no request 5"):
        server.send(GetResponseNormal(ID, VALUE))
    server.send(Rlre())

    assert server.events() == [AssociationEnded("released")]
    assert server.state is AssociationState.IDLE


def test_an_answer_needs_its_request() -> None:
    server = associated()

    with pytest.raises(StateError, match="no request 5 waits"):
        server.send(GetResponseNormal(ID, VALUE))
    with pytest.raises(StateError):
        server.send(REFUSAL)
    with pytest.raises(StateError):
        server.send(Rlre())


def test_a_request_may_be_refused_by_an_exception() -> None:
    server = associated()
    server.receive(GetRequestNormal(ID, ENERGY).encode())

    server.send(REFUSAL)

    assert server.data_to_send() == [REFUSAL.encode()]
    with pytest.raises(StateError):
        server.send(GetResponseNormal(ID, VALUE))


def test_x02_blocks_are_served_by_number() -> None:
    server = associated(max_pdu=50)
    server.receive(GetRequestNormal(ID, ENERGY).encode())
    server.send(GetResponseNormal(ID, LONG))

    octets, number = b"", 0
    while True:
        block = sent_block(server)
        number += 1
        assert isinstance(block.result, bytes)
        assert (block.invoke_id, block.block_number) == (ID, number)
        octets += block.result
        if block.last:
            break
        server.receive(GetRequestNext(ID, number).encode())

    assert octets == LONG.octets
    assert number == 3


@pytest.mark.parametrize("number", [0, 2, 0xFFFF_FFFF])
def test_x02_a_wrong_number_ends_the_transfer(number: int) -> None:
    server = associated(max_pdu=50)
    server.receive(GetRequestNormal(ID, ENERGY).encode())
    server.send(GetResponseNormal(ID, LONG))
    server.data_to_send()

    server.receive(GetRequestNext(ID, number).encode())
    assert sent_block(server).result is DataAccessResult.DATA_BLOCK_NUMBER_INVALID

    server.receive(GetRequestNext(ID, 1).encode())
    assert sent_block(server).result is DataAccessResult.NO_LONG_GET_IN_PROGRESS


def test_a_next_block_of_nothing_is_refused() -> None:
    server = associated()

    server.receive(GetRequestNext(ID, 1).encode())

    block = sent_block(server)
    assert (block.last, block.block_number) == (True, 1)
    assert block.result is DataAccessResult.NO_LONG_GET_IN_PROGRESS


def test_a_new_request_gives_the_transfer_up() -> None:
    server = associated(max_pdu=50)
    server.receive(GetRequestNormal(ID, ENERGY).encode())
    server.send(GetResponseNormal(ID, LONG))
    server.data_to_send()

    server.receive(GetRequestNormal(ID, ENERGY).encode())
    server.send(GetResponseNormal(ID, VALUE))

    assert server.data_to_send() == [GetResponseNormal(ID, VALUE).encode()]


def test_p13_without_block_transfer_a_long_answer_is_a_reason() -> None:
    server = associated(max_pdu=50, conformance=Conformance.GET | Conformance.MULTIPLE_REFERENCES)
    one = GetRequestNormal(ID, ENERGY)
    two = get_list(ENERGY, ENERGY)
    other = DataAccessResult.OTHER_REASON

    for request in (one, two):
        server.receive(request.encode())
        server.send(answer(request, lambda _: LONG))

    assert server.data_to_send() == [
        GetResponseNormal(ID, other).encode(),
        GetResponseWithList(two.invoke_id, (other, other)).encode(),
    ]


def test_p11_a_client_without_limit_is_served_in_pieces_that_every_link_takes() -> None:
    server = associated(max_pdu=0)
    huge = Data.of(DataType.OCTET_STRING, bytes(100_000))
    server.receive(GetRequestNormal(ID, ENERGY).encode())

    server.send(GetResponseNormal(ID, huge))

    (octets,) = server.data_to_send()
    assert len(octets) == 0xFFFF


def test_blocks_are_nobodys_to_send_but_the_associations() -> None:
    server = associated()
    server.receive(get().encode())

    with pytest.raises(StateError, match="by itself"):
        server.send(GetResponseWithDatablock(get().invoke_id, True, 1, b""))
