"""What both sides of an association have in common: where it is, and what was agreed.

``asking.py`` is the client's side, ``answering.py`` the server's; ``association.py`` shows either
to the owner.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from typing import Any

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu, Kind
from dlmslite.apdu.conformance import Conformance
from dlmslite.apdu.initiate_request import InitiateRequest
from dlmslite.apdu.initiate_response import InitiateResponse
from dlmslite.association.events import AssociationEvent, AssociationOpened, Ignored, ProofWanted
from dlmslite.association.invocation import Invocations
from dlmslite.association.state import (
    ASSOCIATION,
    AssociationInput,
    AssociationState,
    advance,
)
from dlmslite.codes import AcseUserDiagnostic
from dlmslite.errors import DecodeError, ProtocolError

Taker = Callable[[Any, bytes], None]
"""Takes one kind of APDU: the value and its octets."""


class Side(abc.ABC):
    """One side of an association.

    Attributes:
        state: By the table ``ASSOCIATION``.
        is_dead: Whether the peer broke the protocol; until the link is new, nothing goes on.
        proposal: What the client's AARQ proposed, or None.
        conformance: What both sides offer.
        max_pdu: Octets of the largest APDU that the peer takes; 0 means any.
        invocations: The open requests.
        events: For the owner.
        outgoing: Whole APDUs for the link.
        takers: Who takes which kind of APDU; what is not listed is not this side's to receive.
    """

    def __init__(self) -> None:
        self.invocations = Invocations()
        self.events: list[AssociationEvent] = []
        self.outgoing: list[bytes] = []
        self.takers: Mapping[Kind, Taker] = {}
        self.forget()

    def forget(self) -> None:
        """Begin anew: no association, nothing agreed, no request open."""
        self.state = AssociationState.IDLE
        self.is_dead = False
        self.proposal: InitiateRequest | None = None
        self.conformance = Conformance(0)
        self.max_pdu = 0
        self.invocations.abandon()

    def advance(self, event: AssociationInput) -> None:
        """Move to the state that follows.

        Raises:
            ProtocolError: The table knows no such step.
        """
        self.state = advance(ASSOCIATION, self.state, event)

    def propose(self, apdu: Apdu | None) -> None:
        """The association is asked for; keep what the client proposes.

        Raises:
            ProtocolError: It cannot be asked for now.
        """
        self.advance(AssociationInput.AARQ)
        self.proposal = apdu if isinstance(apdu, InitiateRequest) else None

    def stand(self, aare: Aare, context: InitiateResponse, max_pdu: int) -> bool:
        """The association is accepted: what was agreed holds from now on.

        Returns:
            Whether it is open; otherwise a proof is wanted first.

        Raises:
            ProtocolError: Nobody asked for one.
        """
        proof = aare.diagnostic is AcseUserDiagnostic.AUTHENTICATION_REQUIRED
        self.advance(AssociationInput.PROOF_WANTED if proof else AssociationInput.ACCEPTED)
        proposed = self.proposal.conformance if self.proposal else context.conformance
        self.conformance = proposed & context.conformance
        self.max_pdu = max_pdu
        if proof:
            self.events.append(ProofWanted(aare))
        else:
            self.events.append(AssociationOpened(self.conformance, max_pdu, aare))
        return not proof

    def ignore(self, octets: bytes, reason: str) -> None:
        """Tell the owner of an APDU that had no place."""
        self.events.append(Ignored(octets, reason))

    @abc.abstractmethod
    def send(self, apdu: Apdu, *, streamed: bool) -> None:
        """Send what this side may send.

        Raises:
            ProtocolError: It has no place now.
            StateError: The same, with what to do about it.
            EncodeError: It has no octets, or too many.
        """

    @abc.abstractmethod
    def take_unsound(self, octets: bytes, error: DecodeError) -> None:
        """Act on octets that are no APDU, or none of ours."""

    @abc.abstractmethod
    def take_breach(self, octets: bytes, error: ProtocolError) -> None:
        """Act on an APDU that the protocol does not allow now."""
