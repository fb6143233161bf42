"""The tables: association and service, for both roles, over the kinds that APDUs declare.

Theory. An association is two machines. The first is the association itself: it is asked for,
stands, and ends. The second runs once for each request, named by its invoke-id: a request is
free, awaits its answer, or has received a block and owes the word for the next. Both sides of a
conversation see the same APDUs in the same order, so one table serves both; the role only says
who may send which kind. What a table does not list is a breach of the protocol: by the peer when
it was received, by the caller when it was to be sent.

::

    ASSOCIATION  IDLE            AARQ → REQUESTED
                 REQUESTED       accepted → OPEN      proof wanted → AUTHENTICATING
                                 refused → IDLE
                 AUTHENTICATING  proof good → OPEN    proof bad → IDLE
                 OPEN            RLRQ → RELEASING
                 RELEASING       RLRE → IDLE          refused → IDLE
                 any             link lost → IDLE

    SERVICE      FREE            request → AWAITING
                 AWAITING        answer, refusal → FREE     block → BLOCKS
                                 request → AWAITING         (the former was given up)
                 BLOCKS          next → AWAITING
                                 request → AWAITING         (the transfer was given up)
                 any             abandoned → FREE

    joint        ASSOCIATION leaves OPEN or AUTHENTICATING  ⇒  every SERVICE := FREE

The last block of an answer is an answer; a notification moves nothing. Green Book 9.4.2 (the
control function), 9.3.2 and 9.3.3 (association), 9.3.6 (GET).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from dlmslite.apdu.base import Kind
from dlmslite.codes import TableKey
from dlmslite.errors import ProtocolError
from dlmslite.role import Role


class AssociationState(TableKey):
    """Where an association is."""

    IDLE = "idle"
    REQUESTED = "requested"
    AUTHENTICATING = "authenticating"
    OPEN = "open"
    RELEASING = "releasing"


class AssociationInput(TableKey):
    """What moves an association."""

    AARQ = "AARQ"
    ACCEPTED = "AARE: accepted"
    PROOF_WANTED = "AARE: authentication required"
    REFUSED = "AARE: rejected, or a refusal instead"
    PROOF_GOOD = "authenticated"
    PROOF_BAD = "not authenticated"
    RLRQ = "RLRQ"
    RLRE = "RLRE"
    LINK_LOST = "link lost"


class ServiceState(TableKey):
    """Where one request is."""

    FREE = "free"
    AWAITING = "awaiting its answer"
    BLOCKS = "between two blocks"


class ServiceInput(TableKey):
    """What moves a request."""

    REQUEST = "request"
    ANSWER = "answer"
    BLOCK = "block"
    NEXT = "request for the next block"
    REFUSAL = "refusal"
    ABANDONED = "abandoned"


_A = AssociationState
_I = AssociationInput
ASSOCIATION: Final[Mapping[AssociationState, Mapping[AssociationInput, AssociationState]]] = {
    _A.IDLE: {_I.AARQ: _A.REQUESTED, _I.LINK_LOST: _A.IDLE},
    _A.REQUESTED: {
        _I.ACCEPTED: _A.OPEN,
        _I.PROOF_WANTED: _A.AUTHENTICATING,
        _I.REFUSED: _A.IDLE,
        _I.LINK_LOST: _A.IDLE,
    },
    _A.AUTHENTICATING: {
        _I.PROOF_GOOD: _A.OPEN,
        _I.PROOF_BAD: _A.IDLE,
        _I.LINK_LOST: _A.IDLE,
    },
    _A.OPEN: {_I.RLRQ: _A.RELEASING, _I.LINK_LOST: _A.IDLE},
    _A.RELEASING: {_I.RLRE: _A.IDLE, _I.REFUSED: _A.IDLE, _I.LINK_LOST: _A.IDLE},
}

_S = ServiceState
_N = ServiceInput
SERVICE: Final[Mapping[ServiceState, Mapping[ServiceInput, ServiceState]]] = {
    _S.FREE: {_N.REQUEST: _S.AWAITING, _N.ABANDONED: _S.FREE},
    _S.AWAITING: {
        _N.ANSWER: _S.FREE,
        _N.REFUSAL: _S.FREE,
        _N.BLOCK: _S.BLOCKS,
        _N.REQUEST: _S.AWAITING,
        _N.ABANDONED: _S.FREE,
    },
    _S.BLOCKS: {
        _N.NEXT: _S.AWAITING,
        _N.REQUEST: _S.AWAITING,
        _N.ABANDONED: _S.FREE,
    },
}

SERVING: Final = frozenset({_A.OPEN, _A.AUTHENTICATING})
"""Where requests may be made: the second pass of high-level security is one itself."""

SENDER: Final[Mapping[Kind, Role]] = {
    Kind.AARQ: Role.CLIENT,
    Kind.AARE: Role.SERVER,
    Kind.RLRQ: Role.CLIENT,
    Kind.RLRE: Role.SERVER,
    Kind.REQUEST: Role.CLIENT,
    Kind.NEXT: Role.CLIENT,
    Kind.ANSWER: Role.SERVER,
    Kind.BLOCK: Role.SERVER,
    Kind.REFUSAL: Role.SERVER,
}
"""Who sends which kind; what is not listed never travels alone."""

State = TypeVar("State", AssociationState, ServiceState)
Input = TypeVar("Input", AssociationInput, ServiceInput)


def advance(table: Mapping[State, Mapping[Input, State]], state: State, event: Input) -> State:
    """The state that follows.

    Raises:
        ProtocolError: The table knows no such step.
    """
    following = table[state].get(event)
    if following is None:
        raise ProtocolError(f"{event.value} has no place while {state.value}")
    return following
