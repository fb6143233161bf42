"""Hands out invoke-ids and matches answers to them.

Sixteen numbers, handed out in turn; a number whose request is still open is passed over. Answers
are matched by the number alone: some meters do not repeat the priority bits. So a number whose
request was given up rests, or its late answer would be taken for that of another request. It rests
until that answer comes, or until no other number is left and the meter has answered a later request
(answers come in order).
"""

from __future__ import annotations

from dlmslite.apdu.get import GetRequestNormal, GetRequestWithList
from dlmslite.apdu.invoke_id import COUNT
from dlmslite.association.blocks import Cutting, Joining
from dlmslite.association.state import SERVICE, ServiceInput, ServiceState, advance
from dlmslite.errors import StateError

FIRST = 1  # like every client in the field; 0 follows 15

_FREE = ServiceState.FREE  # an enumeration's member is slow to look up, and this is for every read
_REQUEST = ServiceInput.REQUEST

ServiceRequest = GetRequestNormal | GetRequestWithList


class Invocation:
    """One request and how far it got.

    Attributes:
        request: As it travelled.
        state: By the table ``SERVICE``.
        streamed: Whether the owner takes a long answer block by block (client).
        joining: The blocks of its answer so far (client), or None.
        cutting: The blocks of its answer to come (server), or None.
    """

    __slots__ = ("cutting", "joining", "request", "state", "streamed")

    def __init__(self, request: ServiceRequest, *, streamed: bool = False) -> None:
        self.request = request
        self.state = _FREE
        self.streamed = streamed
        self.joining: Joining | None = None
        self.cutting: Cutting | None = None

    def advance(self, event: ServiceInput) -> None:
        """Move to the state that follows.

        Raises:
            ProtocolError: The table knows no such step.
        """
        self.state = advance(SERVICE, self.state, event)


class Invocations:
    """The open requests of one association, by the number of their invoke-id."""

    def __init__(self) -> None:
        self._next = FIRST
        self._open: dict[int, Invocation] = {}
        self._resting: dict[int, int] = {}  # number to the count of answers when it was given up
        self._answers = 0

    def take_number(self) -> int:
        """The next free number.

        Raises:
            StateError: All sixteen are in use, or their answers may still come.
        """
        for step in range(COUNT):
            number = (self._next + step) % COUNT
            if number not in self._open and number not in self._resting:
                self._next = (number + 1) % COUNT
                return number
        for number, answers in self._resting.items():
            if answers < self._answers and number not in self._open:
                del self._resting[number]
                return number
        raise StateError(
            f"{COUNT} requests are open or were given up without an answer",
            hint="wait for an answer, or connect anew",
        )

    def open(self, request: ServiceRequest, *, streamed: bool = False) -> Invocation:
        """Enter a request; one that is open under its number is given up."""
        invocation = Invocation(request, streamed=streamed)
        invocation.advance(_REQUEST)
        self._open[request.invoke_id.number] = invocation
        return invocation

    def find(self, number: int) -> Invocation | None:
        """The open request of a number that an answer carries, or None: the answer is late."""
        invocation = self._open.get(number)
        if invocation is None:
            self._resting.pop(number, None)
        return invocation

    def oldest(self) -> Invocation | None:
        """The open request that was made first, or None: refusals carry no invoke-id."""
        return next(iter(self._open.values()), None)

    def between_blocks(self) -> Invocation | None:
        """The first open request whose next block may be asked for, or None."""
        waiting = (i for i in self._open.values() if i.state is ServiceState.BLOCKS)
        return next(waiting, None)

    def close(self, invocation: Invocation) -> None:
        """Take an answered request out."""
        self._open.pop(invocation.request.invoke_id.number, None)
        self.answered()

    def answered(self) -> None:
        """The peer has answered what was asked last; an answer to an AARQ counts, too."""
        self._answers += 1

    def abandon(self) -> None:
        """Give up every open request: their answers are stale from now on."""
        for invocation in self._open.values():
            if invocation.state is ServiceState.AWAITING:
                self._resting[invocation.request.invoke_id.number] = self._answers
            invocation.advance(ServiceInput.ABANDONED)
        self._open.clear()

    def __len__(self) -> int:
        return len(self._open)
