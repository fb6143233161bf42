"""The client's side: what it makes of answers, sound and not."""

from __future__ import annotations

import pytest
from rig.talk import ENERGY, SERVICES, VALUE, aare, aarq, get, get_list

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.confirmed_service_error import (
    ConfirmedService,
    ConfirmedServiceError,
    ErrorType,
)
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import (
    GetRequestNext,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import (
    Answered,
    AssociationEnded,
    AssociationEvent,
    AssociationFailed,
    AssociationRefused,
    Ignored,
    Notified,
    RequestFailed,
)
from dlmslite.association.state import AssociationState
from dlmslite.codes import (
    AcseUserDiagnostic,
    AssociationResult,
    DataAccessResult,
    ServiceErrorReason,
)
from dlmslite.codes import (
    StateError as StateErrorCode,
)
from dlmslite.errors import DecodeError, EncodeError, ProtocolError, StateError
from dlmslite.role import Role

FIRST = InvokeId.of(1)
REFUSAL = ExceptionResponse(
    state_error=StateErrorCode.SERVICE_NOT_ALLOWED,
    service_error=ServiceErrorReason.OPERATION_NOT_POSSIBLE,
)
INITIATE_ERROR = ConfirmedServiceError(
    service=ConfirmedService.INITIATE_ERROR, error_type=ErrorType.INITIATE, code=3
)


def associated(max_pdu: int = 0xFFFF, *, repeats: bool = False) -> Association:
    client = Association(Role.CLIENT, repeats=repeats)
    client.send(aarq())
    client.receive(aare(max_pdu).encode())
    client.events()
    client.data_to_send()
    return client


def fed(client: Association, *apdus: Apdu) -> list[AssociationEvent]:
    for apdu in apdus:
        client.receive(apdu.encode())
    return client.events()


def test_x01_a_new_association_may_use_the_numbers_that_were_given_up() -> None:
    # Answers come in order: behind an AARE none of those comes any more.
    client = associated()
    for _ in range(16):
        client.send(get())
        client.cancel()
    with pytest.raises(StateError, match="16 requests"):
        client.send(get())

    client.link_lost()
    client.send(aarq())
    assert client.data_to_send()
    fed(client, aare())
    for _ in range(16):
        client.send(get())
        (asked,) = client.data_to_send()
        (answered,) = fed(client, GetResponseNormal(InvokeId.of(asked[2] & 0x0F), VALUE))
        assert isinstance(answered, Answered)


def block(number: int, octets: bytes, *, last: bool = False) -> GetResponseWithDatablock:
    return GetResponseWithDatablock(FIRST, last, number, octets)


@pytest.mark.parametrize(
    "refusal",
    [
        Aare(
            result=AssociationResult.REJECTED_PERMANENT,
            diagnostic=AcseUserDiagnostic.AUTHENTICATION_FAILURE,
        ),
        Aare(result=AssociationResult.REJECTED_TRANSIENT, user_information=b"\x08\xff"),
        Aare(user_information=INITIATE_ERROR.encode()),
        INITIATE_ERROR,
        REFUSAL,
    ],
    ids=["rejected", "unsound user-information", "accepted and refused", "error", "exception"],
)
def test_p07_a_refusal_is_told_with_its_cause_and_the_client_may_ask_again(refusal: Apdu) -> None:
    client = Association(Role.CLIENT)
    client.send(aarq())

    (event,) = fed(client, refusal)

    assert isinstance(event, AssociationRefused)
    assert event.answer == refusal
    assert client.state is AssociationState.IDLE
    client.send(aarq())
    assert client.state is AssociationState.REQUESTED


def test_an_acceptance_without_readable_context_fails() -> None:
    client = Association(Role.CLIENT)
    client.send(aarq())

    (event,) = fed(client, Aare(user_information=b"\x28\x03\x30\x00\x00"))

    assert isinstance(event, AssociationFailed)
    assert isinstance(event.error, ProtocolError)


def test_an_unsound_aare_fails() -> None:
    client = Association(Role.CLIENT)
    client.send(aarq())

    client.receive(aare().encode()[:-1])

    (event,) = client.events()
    assert isinstance(event, AssociationFailed)
    assert isinstance(event.error, DecodeError)


def test_p10_a_short_conformance_tag_is_tolerated_by_a_lenient_client_only() -> None:
    context = aare().user_information
    assert context is not None
    old = Aare(user_information=context.replace(b"\x5f\x1f\x04", b"\x5f\x04")).encode()
    lenient, strict = Association(Role.CLIENT), Association(Role.CLIENT, lenient=False)
    for client in (lenient, strict):
        client.send(aarq())
        client.receive(old)

    assert lenient.is_open
    assert lenient.conformance == SERVICES
    assert not strict.is_open


def test_what_nobody_asked_for_is_ignored() -> None:
    client = Association(Role.CLIENT)
    answers = [aare(), Rlre(), REFUSAL, aarq()]

    assert fed(client, *answers) == [Ignored(apdu.encode(), "unexpected") for apdu in answers]
    assert fed(client, GetResponseNormal(FIRST, VALUE)) == [
        Ignored(GetResponseNormal(FIRST, VALUE).encode(), "stale")
    ]
    assert fed(client, block(1, b"")) == [Ignored(block(1, b"").encode(), "stale")]


@pytest.mark.parametrize("state", ["idle", "requested", "releasing"])
def test_no_request_is_made_without_an_association(state: str) -> None:
    client = associated() if state == "releasing" else Association(Role.CLIENT)
    if state != "idle":
        client.send(Rlrq() if state == "releasing" else aarq())

    with pytest.raises(StateError, match=f"while {state}"):
        client.send(get())


def test_one_association_at_a_time() -> None:
    with pytest.raises(StateError, match="AARQ has no place while open"):
        associated().send(aarq())


def test_p13_x06_nothing_larger_than_the_servers_pdu_is_sent() -> None:
    client = associated(max_pdu=13)
    client.send(get())

    with pytest.raises(EncodeError, match="the meter takes 13"):
        client.send(get_list(ENERGY))
    assert len(client.data_to_send()) == 1


def test_p11_no_limit_means_no_limit() -> None:
    client = associated(max_pdu=0)

    client.send(get_list(*[ENERGY] * 1000))

    assert len(client.data_to_send()[0]) > 10_000


def test_x09_a_refusal_answers_the_oldest_request() -> None:
    client = associated()
    client.send(get())
    client.send(get())

    (first,) = fed(client, REFUSAL)
    (second,) = fed(client, INITIATE_ERROR)

    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert first.answer == REFUSAL
    assert [event.request.invoke_id.number for event in (first, second)] == [1, 2]  # type: ignore[attr-defined] - GETs


def test_several_requests_are_matched_by_their_invoke_ids() -> None:
    client = associated()
    for _ in range(3):
        client.send(get())

    events = fed(client, *(GetResponseNormal(InvokeId.of(n), VALUE) for n in (3, 1, 2)))

    assert [event.request.invoke_id.number for event in events] == [3, 1, 2]  # type: ignore[union-attr] - answers


def test_x02_the_next_block_is_asked_for_by_the_received_number() -> None:
    client = associated()
    client.send(get())
    client.data_to_send()

    for number in (1, 2, 3):
        fed(client, block(number, b"\x09"))
        assert client.data_to_send() == [GetRequestNext(FIRST, number).encode()]


@pytest.mark.parametrize("numbers", [(0,), (2,), (1, 1), (1, 3)])
def test_x02_a_gap_or_a_repeat_fails(numbers: tuple[int, ...]) -> None:
    client = associated()
    client.send(get())

    (event,) = fed(client, *(block(number, b"\x09") for number in numbers))

    assert isinstance(event, AssociationFailed)
    assert isinstance(event.error, ProtocolError)


def test_w04_a_block_that_a_network_repeats_is_ignored() -> None:
    client = associated(repeats=True)
    client.send(get())
    first, last = block(1, b"\x09\x01"), block(2, b"\xff", last=True)

    assert fed(client, first, first) == [Ignored(first.encode(), "duplicate")]
    events = fed(client, first, last, last)

    assert events[0] == Ignored(first.encode(), "duplicate")
    assert isinstance(events[1], Answered)
    assert events[2] == Ignored(last.encode(), "stale")


def test_w04_a_block_that_is_missing_fails_all_the_same() -> None:
    client = associated(repeats=True)
    client.send(get())

    (event,) = fed(client, block(1, b"\x09"), block(3, b"\x09"))

    assert isinstance(event, AssociationFailed)


def test_x04_a_block_with_a_result_ends_the_transfer_for_that_reason() -> None:
    client = associated()
    client.send(get_list(ENERGY, ENERGY), streamed=True)
    fed(client, block(1, b"\x02"))
    client.proceed()
    reason = DataAccessResult.LONG_GET_ABORTED

    (event,) = fed(client, GetResponseWithDatablock(FIRST, True, 2, reason))

    assert isinstance(event, Answered)
    assert event.answer == GetResponseWithList(FIRST, (reason, reason))


def test_two_blocks_at_once_are_one_too_many() -> None:
    client = associated()
    client.send(get(), streamed=True)

    events = fed(client, block(1, b"\x09"), block(2, b"\x01"))

    assert isinstance(events[-1], AssociationFailed)


@pytest.mark.parametrize(
    "answer",
    [GetResponseWithList(FIRST, (VALUE,)), GetResponseWithList(FIRST, ())],
    ids=["list", "empty list"],
)
def test_an_answer_that_does_not_fit_its_request_fails_that_request(answer: Apdu) -> None:
    client = associated()
    client.send(get())

    (event,) = fed(client, answer)

    assert isinstance(event, RequestFailed)
    assert isinstance(event.error, ProtocolError)
    client.send(get())


@pytest.mark.parametrize("count", [0, 1, 3])
def test_x05_a_list_has_one_result_for_each_item(count: int) -> None:
    client = associated()
    client.send(get_list(ENERGY, ENERGY))

    (event,) = fed(client, GetResponseWithList(FIRST, (VALUE,) * count))

    assert isinstance(event, RequestFailed)


def test_x05_a_whole_list_may_be_refused_by_one_result_and_not_answered_by_one_value() -> None:
    client = associated()
    client.send(get_list(ENERGY, ENERGY))
    refused = GetResponseNormal(FIRST, DataAccessResult.OTHER_REASON)
    (event,) = fed(client, refused)
    assert isinstance(event, Answered)
    assert event.answer == refused

    client = associated()
    client.send(get_list(ENERGY, ENERGY))
    (event,) = fed(client, GetResponseNormal(FIRST, VALUE))
    assert isinstance(event, RequestFailed)


def test_an_unsound_value_fails_its_request_alone() -> None:
    client = associated()
    client.send(get())
    client.receive(bytes.fromhex("c401c10007"))  # type 7 is not assigned
    (event,) = client.events()

    assert isinstance(event, RequestFailed)
    assert isinstance(event.error, DecodeError)
    client.send(get())
    client.receive(GetResponseNormal(InvokeId.of(2), VALUE).encode())
    assert isinstance(client.events()[0], Answered)


def test_blocks_that_are_no_value_fail_their_request_alone() -> None:
    client = associated()
    client.send(get())

    (event,) = fed(client, block(1, b"\x07", last=True))

    assert isinstance(event, RequestFailed)
    client.send(get())


def test_an_unsound_answer_to_nothing_is_stale() -> None:
    client = associated()
    octets = bytes.fromhex("c401c90007")

    client.receive(octets)

    assert client.events() == [Ignored(octets, "stale")]


@pytest.mark.parametrize("tag", ["0f", "18", "c2"])
def test_pushes_are_handed_over_whatever_they_hold(tag: str) -> None:
    client = associated()
    octets = bytes.fromhex(f"{tag}0102")

    client.receive(octets)

    assert client.events() == [Notified(octets)]


def test_an_unknown_apdu_is_ignored() -> None:
    client = associated()

    client.receive(b"\xc5\x01\xc1\x00")

    assert client.events() == [Ignored(b"\xc5\x01\xc1\x00", "unknown-apdu")]


@pytest.mark.parametrize("octets", [b"", b"\xd8", b"\xc4\x01", b"\x63\x05"])
def test_what_cannot_be_told_to_belong_to_a_request_fails(octets: bytes) -> None:
    client = associated()

    client.receive(octets)

    (event,) = client.events()
    assert isinstance(event, AssociationFailed)


def test_after_a_breach_the_client_is_dead_until_its_link_is_new() -> None:
    client = associated()
    client.send(get())
    fed(client, block(9, b""))

    assert not client.is_open
    with pytest.raises(StateError, match="failed"):
        client.send(get())
    assert fed(client, Rlre()) == [Ignored(Rlre().encode(), "dead")]

    client.link_lost()
    client.send(aarq())
    assert client.state is AssociationState.REQUESTED


def test_a_release_may_be_refused() -> None:
    client = associated()
    client.send(get())
    client.send(Rlrq())

    assert fed(client, GetResponseNormal(FIRST, VALUE)) == [
        Ignored(GetResponseNormal(FIRST, VALUE).encode(), "stale")
    ]
    assert fed(client, REFUSAL) == [
        AssociationEnded("release-refused"),
        Answered(Rlrq(), REFUSAL),
    ]
    assert client.state is AssociationState.IDLE


def test_the_next_block_is_nobodys_to_send_but_the_associations() -> None:
    with pytest.raises(StateError, match="by itself"):
        associated().send(GetRequestNext(FIRST, 1))
