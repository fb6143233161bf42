"""Joins tables, invoke-ids and blocks: APDU octets in, events out, for either role.

A client sends an AARQ, requests and an RLRQ, and is told of the answers; long answers are joined,
or handed over block by block. A server is told of what is requested and sends the answers; what is
longer than the client takes is cut, and the blocks are served from here.

Whose fault it is is decided here: what the caller may not do raises ``StateError``; a client whose
server breaks the protocol is dead (``AssociationFailed``) until its link is new; a server tells its
client by an exception response and goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlmslite.apdu.base import Apdu, decode
from dlmslite.apdu.conformance import Conformance
from dlmslite.association.asking import Asking
from dlmslite.association.events import AssociationEnded, AssociationEvent, Notified
from dlmslite.association.state import SENDER, AssociationInput, AssociationState
from dlmslite.errors import DecodeError, ProtocolError, StateError
from dlmslite.role import Role

if TYPE_CHECKING:
    from dlmslite.association.answering import Answering


class Association:
    """One association, in either role.

    Args:
        role: Which side we are.
        lenient: Whether a client keeps undefined codes and tolerates short conformance tags in
            what the server sends; servers are always strict.
        repeats: Whether the network may deliver an answer twice, as UDP does; a block that comes
            again is then ignored, and no breach of the protocol.
    """

    def __init__(self, role: Role, *, lenient: bool = True, repeats: bool = False) -> None:
        self._role = role
        self._lenient = lenient and role is Role.CLIENT
        self._asking = Asking(repeats=repeats) if role is Role.CLIENT else None
        self._side = self._asking or _answering()

    @property
    def state(self) -> AssociationState:
        """By the table ``ASSOCIATION``."""
        return self._side.state

    @property
    def is_open(self) -> bool:
        """Whether services may be asked for."""
        return self._side.state is AssociationState.OPEN and not self._side.is_dead

    @property
    def conformance(self) -> Conformance:
        """What both sides offer; nothing before the association stands (P10)."""
        return self._side.conformance

    @property
    def max_pdu(self) -> int:
        """Octets of the largest APDU that the peer takes; 0 means any (P11)."""
        return self._side.max_pdu

    def send(self, apdu: Apdu, *, streamed: bool = False) -> None:
        """Send a request (client) or an answer (server).

        Args:
            apdu: A service request goes out under the next free invoke-id, whatever number its
                own has; an answer carries the invoke-id of its request.
            streamed: Whether a long answer is to be handed over block by block.

        Raises:
            StateError: The present state does not allow it.
            EncodeError: A field has no octets, or the request is longer than the server takes.
        """
        side = self._side
        if side.is_dead:
            raise StateError("the association failed", hint="open the link anew")
        if SENDER.get(apdu.KIND) is not self._role:
            raise StateError(f"a {self._role.value} sends no {apdu.NAME}")
        try:
            side.send(apdu, streamed=streamed)
        except ProtocolError as error:
            raise StateError(f"{apdu.NAME}: {error}") from error

    def proceed(self) -> None:
        """Ask for the next block of a streamed answer (client).

        Raises:
            StateError: No transfer waits for it.
        """
        if self._asking is None:
            raise StateError("a server asks for nothing")
        self._asking.proceed()

    def cancel(self) -> None:
        """Give up every open request and transfer; late answers are ignored as stale (X01)."""
        self._side.invocations.abandon()

    def authenticated(self, *, good: bool) -> None:
        """Say how the second pass of high-level security ended.

        Raises:
            StateError: No proof is wanted.
        """
        side = self._side
        try:
            side.advance(AssociationInput.PROOF_GOOD if good else AssociationInput.PROOF_BAD)
        except ProtocolError as error:
            raise StateError(str(error)) from error
        if not good:
            side.forget()
            side.events.append(AssociationEnded("proof-failed"))

    def link_lost(self, reason: str = "link-lost") -> None:
        """Begin anew: the link under the association is gone, or is another one.

        Args:
            reason: What ``AssociationEnded`` says where there was an association.
        """
        side = self._side
        was_idle = side.state is AssociationState.IDLE
        side.advance(AssociationInput.LINK_LOST)
        side.forget()
        side.outgoing.clear()
        if not was_idle:
            side.events.append(AssociationEnded(reason))

    def receive(self, octets: bytes) -> None:
        """Take one whole APDU."""
        side = self._side
        if side.is_dead:
            side.ignore(octets, "dead")
            return
        try:
            apdu = decode(octets, lenient=self._lenient)
        except DecodeError as error:
            side.take_unsound(octets, error)
            return
        taker = side.takers.get(apdu.KIND)
        if taker is None:
            side.ignore(octets, "unexpected")
            return
        try:
            taker(apdu, octets)
        except ProtocolError as error:
            side.take_breach(octets, error)

    def notified(self, octets: bytes) -> None:
        """Take one whole APDU that came outside the sequence of the link."""
        self._side.events.append(Notified(octets))

    def events(self) -> list[AssociationEvent]:
        """What happened since the last call."""
        events, self._side.events = self._side.events, []
        return events

    def data_to_send(self) -> list[bytes]:
        """Whole APDUs for the link since the last call."""
        outgoing, self._side.outgoing = self._side.outgoing, []
        return outgoing


def _answering() -> Answering:
    # A client, which is what most programs are, needs no server's side.
    from dlmslite.association.answering import Answering  # noqa: PLC0415 - see above

    return Answering()
