"""The client's side: asks for an association and for services, matches answers, joins blocks."""

from __future__ import annotations

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu, Kind
from dlmslite.apdu.get import (
    RESPONSE_TAG,
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.invoke_id import INVOKE_IDS
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.base import Side
from dlmslite.association.blocks import Joining, refused_answer
from dlmslite.association.events import (
    Answered,
    AssociationEnded,
    AssociationFailed,
    AssociationRefused,
    BlockReceived,
    Notified,
    RequestFailed,
)
from dlmslite.association.invocation import Invocation, ServiceRequest
from dlmslite.association.rejection import rejection
from dlmslite.association.state import (
    SERVING,
    AssociationInput,
    AssociationState,
    ServiceInput,
)
from dlmslite.codes import AssociationResult, DataAccessResult
from dlmslite.errors import DecodeError, EncodeError, ProtocolError, StateError

# Tags of APDUs that nobody asked for and nobody answers: data notification, information report,
# event notification. They are handed over as octets.
NOTIFICATIONS = frozenset({0x0F, 0x18, 0xC2})


_ANSWER = ServiceInput.ANSWER  # an enumeration's member is slow to look up


class Asking(Side):
    """The client's side. Once the server breaks the protocol, it is dead until the link is new.

    Args:
        repeats: Whether a block that comes again is ignored, and no breach of the protocol.
    """

    def __init__(self, *, repeats: bool = False) -> None:
        super().__init__()
        self._repeats = repeats
        self._asked: Aarq | Rlrq | None = None
        self.takers = {
            Kind.AARE: self._take_aare,
            Kind.RLRE: self._take_rlre,
            Kind.ANSWER: self._take_answer,
            Kind.BLOCK: self._take_block,
            Kind.REFUSAL: self._take_refusal,
        }

    def send(self, apdu: Apdu, *, streamed: bool) -> None:
        """Send an AARQ, a request or an RLRQ."""
        # Tuples, not unions: a union is made anew each time, and this runs for every read.
        if isinstance(apdu, (GetRequestNormal, GetRequestWithList)):
            self._send_request(apdu, streamed=streamed)
        elif isinstance(apdu, (Aarq, Rlrq)):
            self._ask(apdu)
        else:
            raise StateError(f"the {apdu.NAME} is sent by itself", hint="proceed() sends it")

    def proceed(self) -> None:
        """Ask for the next block of a streamed answer.

        Raises:
            StateError: No transfer waits for it.
        """
        invocation = self.invocations.between_blocks()
        if invocation is None or invocation.joining is None:
            raise StateError("no transfer waits for its next block")
        self._ask_next(invocation, invocation.joining)

    def _ask(self, apdu: Aarq | Rlrq) -> None:
        octets = apdu.encode()
        if isinstance(apdu, Aarq):
            self.propose(apdu.proposal(lenient=True))
        else:
            self.advance(AssociationInput.RLRQ)
            self.invocations.abandon()
        self._asked = apdu
        self.outgoing.append(octets)

    def _send_request(self, apdu: ServiceRequest, *, streamed: bool) -> None:
        if self.state not in SERVING:
            raise StateError(f"no request may be made while {self.state.value}")
        number = self.invocations.take_number()
        request = apdu.under(INVOKE_IDS[(apdu.invoke_id.octet & 0xF0) | number])
        octets = request.encode()
        if 0 < self.max_pdu < len(octets):
            raise EncodeError(
                f"a {apdu.NAME} of {len(octets)} octets: the meter takes {self.max_pdu} (P13)",
                hint="ask for less at once",
            )
        self.invocations.open(request, streamed=streamed)
        self.outgoing.append(octets)

    def _ask_next(self, invocation: Invocation, joining: Joining) -> None:
        invocation.advance(ServiceInput.NEXT)
        # The number that was received, not the one that is wanted (X02).
        request = GetRequestNext(invocation.request.invoke_id, joining.received)
        self.outgoing.append(request.encode())

    def _take_aare(self, aare: Aare, octets: bytes) -> None:
        asked = self._asked
        if self.state is not AssociationState.REQUESTED or asked is None:
            self.ignore(octets, "unexpected")
            return
        self.invocations.answered()
        accepted = aare.result is AssociationResult.ACCEPTED
        context = aare.context(lenient=True) if accepted else None
        if isinstance(context, InitiateResponse):
            if self.stand(aare, context, context.max_pdu):
                self.events.append(Answered(asked, aare))
        elif accepted and context is None:
            raise ProtocolError("the AARE carries no context that can be read")
        else:
            # A confirmed-service-error inside an acceptance contradicts it, and is the truth.
            self._refused(aare)

    def _refused(self, answer: Apdu) -> None:
        self.advance(AssociationInput.REFUSED)
        self.events.append(AssociationRefused(rejection(answer), answer))

    def _take_rlre(self, rlre: Rlre, octets: bytes) -> None:
        asked = self._asked
        if self.state is not AssociationState.RELEASING or asked is None:
            self.ignore(octets, "unexpected")
            return
        self.advance(AssociationInput.RLRE)
        self.events += [AssociationEnded("released"), Answered(asked, rlre)]

    def _take_refusal(self, refusal: Apdu, octets: bytes) -> None:
        if self.state is AssociationState.REQUESTED:
            self._refused(refusal)
        elif self.state is AssociationState.RELEASING and self._asked is not None:
            asked = self._asked
            self.advance(AssociationInput.REFUSED)
            self.events += [AssociationEnded("release-refused"), Answered(asked, refusal)]
        else:
            invocation = self.invocations.oldest()
            if invocation is None:
                self.ignore(octets, "unexpected")
                return
            invocation.advance(ServiceInput.REFUSAL)
            self.invocations.close(invocation)
            self.events.append(Answered(invocation.request, refusal))

    def _take_answer(self, answer: GetResponseNormal | GetResponseWithList, octets: bytes) -> None:
        invocation = self.invocations.find(answer.invoke_id.number)
        if invocation is None:
            self.ignore(octets, "stale")
            return
        invocation.advance(_ANSWER)
        self._conclude(invocation, answer)

    def _take_block(self, block: GetResponseWithDatablock, octets: bytes) -> None:
        invocation = self.invocations.find(block.invoke_id.number)
        if invocation is None:
            self.ignore(octets, "stale")
            return
        if isinstance(block.result, DataAccessResult):
            invocation.advance(ServiceInput.ANSWER)
            self._conclude(invocation, refused_answer(invocation.request, block.result))
            return
        joining = invocation.joining
        if self._repeats and joining is not None and block.block_number <= joining.received:
            self.ignore(octets, "duplicate")
            return
        invocation.advance(ServiceInput.ANSWER if block.last else ServiceInput.BLOCK)
        if joining is None:
            joining = invocation.joining = Joining(keep=not invocation.streamed)
        joining.add(block, block.result)
        if block.last:
            self.invocations.close(invocation)
        if invocation.streamed:
            self.events.append(BlockReceived(invocation.request, block.result, block.last))
        elif block.last:
            self._conclude_blocks(invocation, joining)
        else:
            self._ask_next(invocation, joining)

    def _conclude_blocks(self, invocation: Invocation, joining: Joining) -> None:
        try:
            answer = joining.answer(invocation.request)
        except DecodeError as error:
            self.events.append(RequestFailed(invocation.request, error))
            return
        self._conclude(invocation, answer)

    def _conclude(self, invocation: Invocation, answer: Apdu) -> None:
        self.invocations.close(invocation)
        request = invocation.request
        if _fits(request, answer):
            self.events.append(Answered(request, answer))
        else:
            error = ProtocolError(f"a {answer.NAME} that does not fit the {request.NAME}")
            self.events.append(RequestFailed(request, error))

    def take_unsound(self, octets: bytes, error: DecodeError) -> None:
        """A push is handed over; an answer fails its request; anything else fails us all."""
        tag = octets[0] if octets else None
        if tag in NOTIFICATIONS:
            self.events.append(Notified(octets))
        elif error.code == "unknown-apdu":
            self.ignore(octets, "unknown-apdu")
        elif tag == RESPONSE_TAG and len(octets) > 2:
            invocation = self.invocations.find(octets[2] & 0x0F)
            if invocation is None:
                self.ignore(octets, "stale")
                return
            self.invocations.close(invocation)
            self.events.append(RequestFailed(invocation.request, error))
        else:
            self._fail(error)

    def take_breach(self, octets: bytes, error: ProtocolError) -> None:  # noqa: ARG002 - the error says it all
        """Dead until the link is new."""
        self._fail(error)

    def _fail(self, error: DecodeError | ProtocolError) -> None:
        self.is_dead = True
        self.invocations.abandon()
        self.events.append(AssociationFailed(error))


def _fits(request: GetRequestNormal | GetRequestWithList, answer: Apdu) -> bool:
    """Whether an answer is one to this request."""
    if isinstance(request, GetRequestNormal):
        return isinstance(answer, GetResponseNormal)
    if isinstance(answer, GetResponseNormal):
        # Some meters refuse a whole list by one result.
        return isinstance(answer.result, DataAccessResult)
    return isinstance(answer, GetResponseWithList) and len(answer.results) == len(
        request.attributes
    )
