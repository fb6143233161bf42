"""Two associations that talk to one another, without a link between them."""

from __future__ import annotations

from collections.abc import Callable

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithList,
)
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.apdu.rlre import Rlre
from dlmslite.apdu.rlrq import Rlrq
from dlmslite.association.association import Association
from dlmslite.association.events import AssociationEvent, Requested
from dlmslite.codes import DataAccessResult
from dlmslite.role import Role
from dlmslite.values.data import Data
from dlmslite.values.kinds import DataType
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

SERVICES = (
    Conformance.GET
    | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.SELECTIVE_ACCESS
)
ENERGY = AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2)
VALUE = Data.of(DataType.DOUBLE_LONG_UNSIGNED, 56281)
ANY = InvokeId.of(0)  # the association hands out the number

Meter = Callable[[AttributeReference], Data | DataAccessResult]


def aarq(max_pdu: int = 0xFFFF, conformance: Conformance = SERVICES) -> Aarq:
    """What a client asks with."""
    proposal = InitiateRequest(conformance=conformance, max_pdu=max_pdu)
    return Aarq.asking(proposal, password=b"22222222")


def aare(max_pdu: int = 0xFFFF, conformance: Conformance = SERVICES) -> Aare:
    """What a server accepts with."""
    context = InitiateResponse(conformance=conformance, max_pdu=max_pdu)
    return Aare(user_information=context.encode())


def get(reference: AttributeReference = ENERGY) -> GetRequestNormal:
    """A read of one attribute."""
    return GetRequestNormal(ANY, reference)


def get_list(*references: AttributeReference) -> GetRequestWithList:
    """A read of several."""
    return GetRequestWithList(ANY, references)


def answer(request: Apdu, meter: Meter = lambda _: VALUE, accept: Aare | None = None) -> Apdu:
    """What a well-behaved server answers."""
    if isinstance(request, GetRequestNormal):
        return GetResponseNormal(request.invoke_id, meter(request.attribute))
    if isinstance(request, GetRequestWithList):
        return GetResponseWithList(request.invoke_id, map(meter, request.attributes))
    if isinstance(request, Rlrq):
        return Rlre()
    assert isinstance(request, Aarq)
    return accept or aare()


class Talk:
    """A client and a server; what one sends, the other takes at once.

    Args:
        meter: What the server reads from.
        accept: How it answers an AARQ.
    """

    def __init__(self, meter: Meter = lambda _: VALUE, accept: Aare | None = None) -> None:
        self.client = Association(Role.CLIENT)
        self.server = Association(Role.SERVER)
        self.wire: list[bytes] = []
        self._meter = meter
        self._accept = accept

    def open(self, max_pdu: int = 0xFFFF) -> list[AssociationEvent]:
        """Associate; the client's events."""
        return self.ask(aarq(max_pdu))

    def ask(self, request: Apdu, *, streamed: bool = False) -> list[AssociationEvent]:
        """Send a request and run until nobody says any more; the client's events."""
        self.client.send(request, streamed=streamed)
        return self.run()

    def run(self) -> list[AssociationEvent]:
        """Carry octets to and fro until nobody says any more; the client's events."""
        while True:
            asked = self.client.data_to_send()
            for octets in asked:
                self.wire.append(octets)
                self.server.receive(octets)
            for event in self.server.events():
                if isinstance(event, Requested):
                    self.server.send(answer(event.apdu, self._meter, self._accept))
            answered = self.server.data_to_send()
            for octets in answered:
                self.wire.append(octets)
                self.client.receive(octets)
            if not asked and not answered:
                return self.client.events()
