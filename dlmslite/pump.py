"""Moves octets between a transport and a session, and performs the steps of procedures.

The only loop of the blocking client. A lock lets one exchange at a time onto the wire, whatever
thread it comes from. Every wait has a deadline for the whole exchange; it starts anew only when the
meter makes progress that we answer, such as one more segment or one more block.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Any, TypeVar

from attrs import Factory, define

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import GetResponseNormal, GetResponseWithDatablock
from dlmslite.association.events import (
    Answered,
    AssociationFailed,
    AssociationRefused,
    BlockReceived,
    Ignored,
    ProofWanted,
    RequestFailed,
)
from dlmslite.clock import Clock
from dlmslite.codes import DataAccessResult
from dlmslite.errors import (
    AssociationRejected,
    DeadlineExceeded,
    DlmsError,
    LinkError,
    ProtocolError,
    ServiceError,
    StateError,
    TransportError,
)
from dlmslite.link.base import Discarded, LinkClosed, LinkFailed, LinkOpened
from dlmslite.procedures.base import (
    Ask,
    AskBlocks,
    Block,
    Emit,
    More,
    Procedure,
    Step,
    checked,
    refusal,
)
from dlmslite.session import Session, SessionEvent
from dlmslite.trace import Direction, Tap, TraceEvent
from dlmslite.transport.base import Transport

T = TypeVar("T")

QUIET_SECONDS = 0.1  # of silence before a link is set up anew; a converter sends in such pieces
RECEIVED_KEPT = 256  # octets of the last exchange that a DeadlineExceeded shows as evidence


@define(eq=False)
class Transfer:
    """A long answer that is being taken block by block.

    Attributes:
        blocks: What has arrived and was not yet taken.
        complete: Whether the last block has arrived.
    """

    blocks: deque[Block] = Factory(deque)
    complete: bool = False


class Pump:
    """One wire and one session, moved by whoever calls.

    Args:
        transport: The wire; opened and closed here.
        session: What is said on it.
        timeout: Seconds for one exchange without progress.
        clock: The time.
        trace: Takes every piece of octets that moves.
        request_pause: Seconds that the meter needs between its answer and the next request.
    """

    def __init__(
        self,
        transport: Transport,
        session: Session,
        *,
        timeout: float,
        clock: Clock,
        trace: Tap | None = None,
        request_pause: float = 0.0,
    ) -> None:
        self.session = session
        self.timeout = timeout  # may be changed between two exchanges
        self._transport = transport
        self._clock = clock
        self._trace = trace
        self._request_pause = request_pause
        self._lock = threading.RLock()
        self._events: deque[SessionEvent] = deque()
        self._transfer: Transfer | None = None
        self._received = b""
        self._fault: DlmsError | None = None
        self._aborted = False

    # ---------------------------------------------------------------- opening and closing

    def open(self) -> LinkOpened:
        """Connect, and set the link up.

        Raises:
            TransportError: The endpoint cannot be reached.
            LinkError: The link was refused.
            DeadlineExceeded: Nothing answered.
        """
        with self._lock:
            self._transport.open()
            try:
                self.session.open(self._clock.monotonic())
                opened: LinkOpened = self._wait_for(LinkOpened, "the link set-up")
            except BaseException:
                self._transport.close()
                raise
            return opened

    def reopen(self) -> LinkOpened:
        """Set the link up again on the same connection, after what was still to come was drained.

        Raises:
            DlmsError: As ``open`` does; or the connection itself is gone.
        """
        with self._lock:
            if isinstance(self._fault, TransportError | StateError) or self._aborted:
                self._check()
            self._fault = None
            self._transfer = None
            self._events.clear()
            while octets := self._receive(QUIET_SECONDS):
                self._tap(Direction.INTERNAL, octets, "drained")
            self.session.open(self._clock.monotonic())
            opened: LinkOpened = self._wait_for(LinkOpened, "the link set-up")
            return opened

    def release(self, procedure: Procedure[bool], seconds: float) -> None:
        """Run the end of an association, and wait no longer than this; never raises."""
        with self._lock:
            if self._fault is not None or self._aborted:
                return
            patience, self.timeout = self.timeout, min(self.timeout, seconds)
            try:
                self.run(procedure)
            except DlmsError:
                pass  # the association then ends with the link
            finally:
                self.timeout = patience

    def close(self) -> None:
        """End the link politely where it still stands, then the connection, whatever happens."""
        with self._lock:
            try:
                if self._fault is None and not self._aborted:
                    self.session.close(self._clock.monotonic())
                    self._wait_for(LinkClosed, "the disconnection")
            except DlmsError:
                pass  # L09: an answer to DISC is welcome, and nobody waits for it twice
            finally:
                self._fault = self._fault or StateError("the client is closed")
                self._transport.close()

    def abort(self) -> None:
        """Make the exchange in progress, on whatever thread, fail at once."""
        self._aborted = True
        self._transport.interrupt()

    # ---------------------------------------------------------------- procedures

    def run(self, procedure: Procedure[T]) -> T:
        """Perform every step of a procedure and return its result.

        Raises:
            DlmsError: Whatever the procedure lets pass, and every failure of the wire.
        """
        stream = self.stream(procedure)
        while True:
            try:
                next(stream)
            except StopIteration as end:
                result: T = end.value
                return result

    def stream(self, procedure: Procedure[T]) -> Generator[Any, None, T]:
        """Perform a procedure and yield what it emits, as it arrives.

        Between two values the wire is free: another call first takes the rest of the transfer off
        it, which waits here until it is wanted. Closing the iterator cancels the transfer.
        """
        transfer = Transfer()
        outcome: Any = None
        refused: ServiceError | None = None
        try:
            while True:
                step = procedure.throw(refused) if refused else procedure.send(outcome)
                outcome = refused = None
                if isinstance(step, Emit):
                    yield step.value
                    continue
                try:
                    outcome = self._perform(step, transfer)
                except ServiceError as error:
                    refused = error
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            procedure.close()
            self._cancel(transfer)

    def _perform(self, step: Step, transfer: Transfer) -> Any:
        with self._lock:
            match step:
                case Ask(request):
                    self._finish_transfer()
                    return self._ask(request)
                case AskBlocks(request):
                    self._finish_transfer()
                    transfer.complete = False
                    self._send(request, streamed=True)
                    return self._next_block(transfer)
                case More():
                    if transfer.blocks:
                        return transfer.blocks.popleft()
                    if self._transfer is not transfer:
                        raise StateError("there is no transfer to go on with")
                    self.session.proceed(self._clock.monotonic())
                    return self._next_block(transfer)
        raise StateError(f"no step of a procedure: {step!r}")

    def _ask(self, request: Apdu) -> Apdu:
        self._send(request)
        return checked(self._wait_for(Answered, request.NAME).answer)

    def _send(self, request: Apdu, *, streamed: bool = False) -> None:
        self._check()
        if self._request_pause:
            self._clock.wait(self._request_pause)
        self.session.send(request, self._clock.monotonic(), streamed=streamed)

    def _next_block(self, transfer: Transfer) -> Block:
        try:
            event = self._wait_for((BlockReceived, Answered), "the next block")
        except DlmsError:
            self._transfer = None
            raise
        if isinstance(event, BlockReceived):
            self._transfer = None if event.last else transfer
            transfer.complete = event.last
            return Block(event.octets, event.last)
        self._transfer = None
        transfer.complete = True
        answer = checked(event.answer)
        if not isinstance(answer, GetResponseNormal | GetResponseWithDatablock):
            raise ProtocolError(f"a GET was answered with {type(answer).__name__}")
        if isinstance(answer.result, DataAccessResult):
            raise refusal(answer.result)
        octets = answer.result if isinstance(answer.result, bytes) else answer.result.octets
        return Block(octets, last=True)

    def _finish_transfer(self) -> None:
        """Take the rest of another call's transfer off the wire, so that this call may ask."""
        transfer = self._transfer
        while transfer is not None and self._transfer is transfer:
            self.session.proceed(self._clock.monotonic())
            transfer.blocks.append(self._next_block(transfer))

    def _cancel(self, transfer: Transfer) -> None:
        with self._lock:
            if self._transfer is transfer:
                self._transfer = None
                self.session.cancel(self._clock.monotonic())

    # ---------------------------------------------------------------- the loop

    def _wait_for(self, kinds: type[T] | tuple[type, ...], what: str) -> Any:
        """Move octets until one of these events comes; every failure on the way is raised."""
        session, clock = self.session, self._clock
        self._received = outgoing = b""
        deadline = clock.monotonic() + self.timeout
        while True:
            self._check()
            outgoing += session.data_to_send()
            if outgoing:
                self._transmit(outgoing)
                outgoing = b""
            self._events.extend(session.events())
            while self._events:
                event = self._events.popleft()
                if isinstance(event, kinds):
                    return event
                self._judge(event)
            now = clock.monotonic()
            link_deadline = session.next_deadline()
            if link_deadline is not None and link_deadline <= now:
                session.deadline_passed(now)
                continue
            if now >= deadline:
                session.cancel(now)  # what still comes is stale, and nobody's answer
                raise self._late(what)
            until = deadline if link_deadline is None else min(deadline, link_deadline)
            octets = self._receive(until - now)
            if octets:
                now = clock.monotonic()
                session.receive(octets, now)
                outgoing = session.data_to_send()
                if outgoing and not self._threw_away():
                    deadline = now + self.timeout

    def _transmit(self, octets: bytes) -> None:
        self._tap(Direction.SENT, octets)
        try:
            self._transport.send(octets)
        except (TransportError, DeadlineExceeded) as error:
            self._break(error)
            raise

    def _receive(self, seconds: float) -> bytes:
        try:
            octets = self._transport.receive(seconds)
        except TransportError as error:
            self._break(error)
            raise
        if octets:
            self._received = (self._received + octets)[-RECEIVED_KEPT:]
            self._tap(Direction.RECEIVED, octets)
        return octets

    def _break(self, error: DlmsError) -> None:
        """The wire is gone for good; an abort is told as one, not as what it did to the wire."""
        self._check()
        self._fault = error

    def _threw_away(self) -> bool:
        """Whether what arrived was of no use, so that answering it is no progress."""
        events = self.session.events()
        self._events.extend(events)
        return any(isinstance(event, Discarded) for event in events)

    def _judge(self, event: SessionEvent) -> None:
        match event:
            case LinkFailed(error) | AssociationFailed(error):
                self._fault = error
                raise error
            case AssociationRefused(error=error) | RequestFailed(error=error):
                raise error
            case ProofWanted(aare):
                raise AssociationRejected(
                    "the meter wants high-level authentication",
                    hint="give auth= of that mechanism",
                    mechanism=aare.mechanism,
                )
            case LinkClosed(by_peer=True):
                self._fault = LinkError("disconnected", "the meter ended the link")
                raise self._fault
            case Discarded(octets, reason) | Ignored(octets, reason):
                self._tap(Direction.INTERNAL, octets, f"{type(event).__name__.lower()}: {reason}")
            case _:
                self._tap(Direction.INTERNAL, b"", type(event).__name__)

    def _check(self) -> None:
        if self._aborted:
            self._fault = TransportError("aborted")
        if self._fault is not None:
            raise self._fault

    def _late(self, what: str) -> DeadlineExceeded:
        heard = f"{len(self._received)} octets came that are no answer" if self._received else ""
        return DeadlineExceeded(
            f"no answer to {what} within {self.timeout:g} s",
            hint=heard or "nothing came at all: check addresses, or who else holds the line",
            seconds=self.timeout,
            received=self._received,
        )

    def _tap(self, direction: Direction, octets: bytes, note: str = "") -> None:
        if self._trace is not None:
            layer = "link" if direction is Direction.INTERNAL else "transport"
            self._trace(
                TraceEvent(
                    at=self._clock.monotonic(),
                    layer=layer,
                    direction=direction,
                    octets=octets,
                    note=note,
                )
            )
