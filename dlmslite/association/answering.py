"""The server's side: hands requests to the owner, sends its answers, cuts and serves blocks."""

from __future__ import annotations

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu, Kind
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.exception_response import ExceptionResponse
from dlmslite.apdu.get import (
    GetRequestNext,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.base import Side
from dlmslite.association.blocks import Cutting, refused_answer
from dlmslite.association.events import AssociationEnded, Requested
from dlmslite.association.invocation import Invocation, ServiceRequest
from dlmslite.association.state import SERVING, AssociationInput, ServiceInput
from dlmslite.codes import AssociationResult, DataAccessResult, ServiceErrorReason
from dlmslite.codes import StateError as StateErrorCode
from dlmslite.errors import DecodeError, ProtocolError, StateError

PDU_MAX = (
    0xFFFF  # octets; blocks are cut here where the client sets no limit (the wrapper's length)
)

# Tags of requests that are not served here, but answered: READ, WRITE, SET, ACTION, ACCESS.
UNSUPPORTED = frozenset({0x05, 0x06, 0xC1, 0xC3, 0xD9})

_NOT_ALLOWED = ExceptionResponse(
    state_error=StateErrorCode.SERVICE_NOT_ALLOWED,
    service_error=ServiceErrorReason.OPERATION_NOT_POSSIBLE,
)
_NOT_SUPPORTED = ExceptionResponse(
    state_error=StateErrorCode.SERVICE_UNKNOWN,
    service_error=ServiceErrorReason.SERVICE_NOT_SUPPORTED,
)
_UNSOUND = ExceptionResponse(
    state_error=StateErrorCode.SERVICE_NOT_ALLOWED,
    service_error=ServiceErrorReason.OTHER_REASON,
)


class Answering(Side):
    """The server's side. A client that errs is told so by an exception response."""

    def __init__(self) -> None:
        super().__init__()
        self.takers = {
            Kind.AARQ: self._take_aarq,
            Kind.RLRQ: self._take_rlrq,
            Kind.REQUEST: self._take_request,
            Kind.NEXT: self._take_next,
        }

    def send(self, apdu: Apdu, *, streamed: bool) -> None:  # noqa: ARG002 - a client's wish
        """Send an answer to what was requested."""
        if isinstance(apdu, GetResponseNormal | GetResponseWithList):
            self._send_answer(apdu)
        elif isinstance(apdu, Aare):
            self._send_aare(apdu)
        elif isinstance(apdu, Rlre):
            self._send_rlre(apdu)
        elif apdu.KIND is Kind.REFUSAL:
            self._send_refusal(apdu)
        else:
            raise StateError(f"the {apdu.NAME} is sent by itself", hint="send the whole answer")

    def _take_aarq(self, aarq: Aarq, octets: bytes) -> None:  # noqa: ARG002 - takers are alike
        self.propose(aarq.proposal())
        self.events.append(Requested(aarq))

    def _take_rlrq(self, rlrq: Rlrq, octets: bytes) -> None:  # noqa: ARG002 - takers are alike
        self.advance(AssociationInput.RLRQ)
        self.invocations.abandon()
        self.events.append(Requested(rlrq))

    def _take_request(self, request: ServiceRequest, octets: bytes) -> None:  # noqa: ARG002 - takers are alike
        if self.state not in SERVING:
            raise ProtocolError(f"a request has no place while {self.state.value}")
        self.invocations.open(request)
        self.events.append(Requested(request))

    def _take_next(self, request: GetRequestNext, octets: bytes) -> None:
        invocation = self.invocations.find(request.invoke_id.number)
        cutting = None if invocation is None else invocation.cutting
        if invocation is None or cutting is None:
            reason = DataAccessResult.NO_LONG_GET_IN_PROGRESS
        elif request.block_number != cutting.number:
            self.invocations.close(invocation)
            reason = DataAccessResult.DATA_BLOCK_NUMBER_INVALID
        else:
            invocation.advance(ServiceInput.NEXT)
            self._send_block(invocation, cutting)
            return
        block = GetResponseWithDatablock(request.invoke_id, True, request.block_number, reason)
        self.outgoing.append(block.encode())
        self.ignore(octets, "not-allowed")

    def _send_aare(self, aare: Aare) -> None:
        octets = aare.encode()
        context = aare.context()
        if aare.result is not AssociationResult.ACCEPTED:
            self.advance(AssociationInput.REFUSED)
        elif isinstance(context, InitiateResponse):
            self.stand(aare, context, self.proposal.max_pdu if self.proposal else 0)
        else:
            raise StateError("an acceptance carries an initiate-response")
        self.outgoing.append(octets)

    def _send_rlre(self, rlre: Rlre) -> None:
        octets = rlre.encode()
        self.advance(AssociationInput.RLRE)
        self.outgoing.append(octets)
        self.events.append(AssociationEnded("released"))

    def _send_refusal(self, refusal: Apdu) -> None:
        octets = refusal.encode()
        invocation = self.invocations.oldest()
        if invocation is not None:
            invocation.advance(ServiceInput.REFUSAL)
            self.invocations.close(invocation)
        else:
            self.advance(AssociationInput.REFUSED)
        self.outgoing.append(octets)

    def _send_answer(self, answer: GetResponseNormal | GetResponseWithList) -> None:
        invocation = self.invocations.find(answer.invoke_id.number)
        if invocation is None:
            raise StateError(f"no request {answer.invoke_id.number} waits for an answer")
        octets = answer.encode()
        if len(octets) <= (self.max_pdu or PDU_MAX):
            invocation.advance(ServiceInput.ANSWER)
            self.invocations.close(invocation)
        elif Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ in self.conformance:
            invocation.cutting = Cutting(answer, self.max_pdu or PDU_MAX)
            self._send_block(invocation, invocation.cutting)
            return
        else:
            # The client cannot take it in any form; it is told so instead of being flooded.
            octets = refused_answer(invocation.request, DataAccessResult.OTHER_REASON).encode()
            invocation.advance(ServiceInput.ANSWER)
            self.invocations.close(invocation)
        self.outgoing.append(octets)

    def _send_block(self, invocation: Invocation, cutting: Cutting) -> None:
        block = cutting.next_block()
        invocation.advance(ServiceInput.ANSWER if block.last else ServiceInput.BLOCK)
        if block.last:
            self.invocations.close(invocation)
        self.outgoing.append(block.encode())

    def take_unsound(self, octets: bytes, error: DecodeError) -> None:
        """What may be a request is answered by an exception response."""
        known = error.code != "unknown-apdu"
        if known or octets[0] in UNSUPPORTED:
            self.outgoing.append((_UNSOUND if known else _NOT_SUPPORTED).encode())
        self.ignore(octets, "not-allowed" if known else "unknown-apdu")

    def take_breach(self, octets: bytes, error: ProtocolError) -> None:  # noqa: ARG002 - the client is told less
        """The client is told that this has no place now."""
        self.outgoing.append(_NOT_ALLOWED.encode())
        self.ignore(octets, "not-allowed")
