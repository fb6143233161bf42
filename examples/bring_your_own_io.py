"""The session without any of our transports: here a plain socket moves its octets.

The same works with asyncio, a modem library, or a file: give what came to ``receive``, send what
``data_to_send`` gives, look at ``events``, and call ``deadline_passed`` when a deadline has passed.
"""

from __future__ import annotations

import contextlib
import socket
import time
from urllib.parse import urlsplit

from options import arguments

from dlmslite.apdu.aarq import Aarq
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import GetRequestNormal
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.invoke_id import InvokeId
from dlmslite.association.association import Association
from dlmslite.association.events import Answered
from dlmslite.link.base import LinkClosed, LinkOpened
from dlmslite.link.hdlc.link import HdlcLink
from dlmslite.link.hdlc.settings import HdlcSettings
from dlmslite.procedures.associate import PROPOSED
from dlmslite.role import Role
from dlmslite.session import Session, SessionEvent
from dlmslite.simulator.models.single_phase import VOLTAGE, single_phase
from dlmslite.simulator.serve import serve
from dlmslite.values.references import AttributeReference


def pump(wire: socket.socket, session: Session, wanted: type[SessionEvent]) -> SessionEvent:
    """Move octets until the session says what is wanted."""
    while True:
        wire.sendall(session.data_to_send())
        for event in session.events():
            if isinstance(event, wanted):
                return event
        deadline = session.next_deadline()
        wire.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
        with contextlib.suppress(TimeoutError):
            session.receive(wire.recv(4096), time.monotonic())
        session.deadline_passed(time.monotonic())


def ask(wire: socket.socket, session: Session, request: Apdu) -> Apdu:
    """Send a request and wait for its answer."""
    session.send(request, time.monotonic())
    answered = pump(wire, session, Answered)
    if not isinstance(answered, Answered):
        raise TypeError(answered)
    return answered.answer


options = arguments()
with contextlib.ExitStack() as stack:
    url = options.url or stack.enter_context(serve(single_phase())).url
    address = urlsplit(url)
    wire = stack.enter_context(socket.create_connection((address.hostname, address.port)))
    settings = HdlcSettings(client_address=options.client, server_address=options.server)
    session = Session(HdlcLink(Role.CLIENT, settings), Association(Role.CLIENT))

    session.open(time.monotonic())
    print(pump(wire, session, LinkOpened))
    print(ask(wire, session, Aarq.asking(InitiateRequest(conformance=PROPOSED, max_pdu=1024))))
    voltage = AttributeReference(3, VOLTAGE, 2)
    print(ask(wire, session, GetRequestNormal(InvokeId.of(0), voltage)))
    session.close(time.monotonic())
    print(pump(wire, session, LinkClosed))
