"""What an association may tell its owner.

Answers carry the request they belong to, so that nobody needs to remember what was asked.
"""

from __future__ import annotations

from dlmslite.apdu.aare import Aare
from dlmslite.apdu.base import Apdu
from dlmslite.apdu.conformance import Conformance
from dlmslite.errors import AssociationRejected, DlmsError
from dlmslite.records import frozen


@frozen
class AssociationOpened:
    """The association stands; ``Answered`` with the AARE follows in the client role.

    Attributes:
        conformance: What both sides offer.
        max_pdu: Octets of the largest APDU that the peer takes; 0 means any.
        aare: The answer that opened it.
    """

    conformance: Conformance
    max_pdu: int
    aare: Aare


@frozen
class ProofWanted:
    """The first pass of high-level security succeeded; the peer waits for the second (P08).

    The owner says how it ended by ``authenticated``.

    Attributes:
        aare: The answer, with the server's challenge.
    """

    aare: Aare


@frozen
class AssociationRefused:
    """The peer refused the association; no ``Answered`` follows.

    Attributes:
        error: Result, source, diagnostic or confirmed-service-error, with a hint.
        answer: The APDU that refused: an AARE, an exception response or a
            confirmed-service-error.
    """

    error: AssociationRejected
    answer: Apdu


@frozen
class AssociationEnded:
    """The association is gone in good order, or with its link.

    Attributes:
        reason: ``released``, ``release-refused``, ``proof-failed``, ``link-lost``, or
            ``another-client`` where a server hears one that did not open it.
    """

    reason: str


@frozen
class AssociationFailed:
    """The peer broke a rule of the conversation: this association is dead until its link is new.

    Attributes:
        error: What was wrong.
    """

    error: DlmsError


@frozen
class Answered:
    """A request has its whole answer, blocks joined.

    Attributes:
        request: What was asked, with the invoke-id that it went out with.
        answer: A response, a release response, or an exception response or
            confirmed-service-error.
    """

    request: Apdu
    answer: Apdu


@frozen
class BlockReceived:
    """A part of a long answer that the owner wants block by block.

    The next block is asked for when the owner proceeds. Where the transfer ends with an error,
    ``Answered`` follows instead.

    Attributes:
        request: What was asked.
        octets: Raw data: a piece of the octets of the answer, cut anywhere.
        last: Whether it ends the answer.
    """

    request: Apdu
    octets: bytes
    last: bool


@frozen
class RequestFailed:
    """An answer came that is none: unsound octets, or not what was asked for.

    The conversation itself is in order: the next request may follow.

    Attributes:
        request: What was asked.
        error: What is wrong with the answer.
    """

    request: Apdu
    error: DlmsError


@frozen
class Requested:
    """The client wants something; the owner answers by ``send`` (server role).

    Attributes:
        apdu: An AARQ, a release request or a service request.
    """

    apdu: Apdu


@frozen
class Notified:
    """Something came that nobody asked for and nobody answers: a push.

    Attributes:
        octets: The whole APDU.
    """

    octets: bytes


@frozen
class Ignored:
    """An APDU had no place here; nothing was done about it.

    Attributes:
        octets: The whole APDU.
        reason: ``stale``: it answers a request that is over; ``unexpected``: nobody asked;
            ``unknown-apdu``: its tag is not ours; ``dead``: the association failed before;
            ``not-allowed``: the client may not ask that now (it was told so).
    """

    octets: bytes
    reason: str


AssociationEvent = (
    AssociationOpened
    | ProofWanted
    | AssociationRefused
    | AssociationEnded
    | AssociationFailed
    | Answered
    | BlockReceived
    | RequestFailed
    | Requested
    | Notified
    | Ignored
)
