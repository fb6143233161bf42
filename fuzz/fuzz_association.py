"""Invariant: an association survives any APDUs, in any state, never with any exception.

The input is a role, then APDUs, each behind its length. A client asks before each of them for
whatever its state allows; what it is told is an event, and a lost link makes it new.
"""

from __future__ import annotations

from harness import run

from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.get import GetRequestNormal
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.association.association import Association
from dlmslite.association.state import AssociationState
from dlmslite.errors import EncodeError, StateError
from dlmslite.role import Role
from dlmslite.values.obis import Obis
from dlmslite.values.references import AttributeReference

# The state does not allow what the owner asks for, or the peer takes only tiny APDUs.
ALLOWED = (StateError, EncodeError)

AARQ = Aarq.asking(InitiateRequest(conformance=Conformance(0xFFFFFF), max_pdu=500))
GET = GetRequestNormal(InvokeId.of(0), AttributeReference(3, Obis.parse("1.0.1.8.0.255"), 2))


def pieces(data: bytes) -> list[bytes]:
    """The APDUs of an input."""
    found, rest = [], data
    while rest:
        length = rest[0]
        found.append(rest[1 : 1 + length])
        rest = rest[1 + length :]
    return found


def test_one_input(data: bytes) -> None:
    """Feed every APDU; look at every event."""
    role = Role.SERVER if data[:1] == b"\x01" else Role.CLIENT
    association = Association(role)
    for octets in pieces(data[1:]):
        if role is Role.CLIENT:
            ask(association)
        association.receive(octets)
        for event in association.events():
            assert repr(event)
        for apdu in association.data_to_send():
            assert apdu
    association.link_lost()
    assert association.state is AssociationState.IDLE


def ask(association: Association) -> None:
    """Ask for an association, or for a value, block by block."""
    try:
        if association.state is AssociationState.IDLE:
            association.send(AARQ)
        else:
            association.send(GET, streamed=True)
        association.proceed()
    except ALLOWED:
        association.cancel()


if __name__ == "__main__":
    run("fuzz_association", test_one_input)
