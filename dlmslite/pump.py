"""Moves octets between a transport and a session, and performs the steps of procedures.

The only loop of the blocking client. A lock lets one exchange at a time onto the wire, whatever
thread it comes from. Every wait has a deadline for the whole exchange; it starts anew only when the
meter makes progress that we answer, such as one more segment or one more block.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from dlmslite.apdu.base import Apdu
from dlmslite.association.events import (
    Answered,
    BlockReceived,
    Ignored,
)
from dlmslite.carrier import Carrier
from dlmslite.clock import Clock
from dlmslite.errors import (
    DeadlineExceeded,
    DlmsError,
    ServiceError,
    StateError,
    TransportError,
)
from dlmslite.hearing import Hearing
from dlmslite.link.base import Discarded, LinkClosed, LinkOpened, SpeedWanted
from dlmslite.procedures.base import (
    Ask,
    AskBlocks,
    Block,
    Emit,
    Procedure,
    Transfer,
    checked,
    whole_block,
)
from dlmslite.session import Session, SessionEvent, failure_of
from dlmslite.trace import Direction, Tap
from dlmslite.transport.base import Transport

T = TypeVar("T")

QUIET_SECONDS = 0.1  # of silence before a link is set up anew; a converter sends in such pieces


class Pump:
    """One wire and one session, moved by whoever calls.

    Args:
        transport: The wire; opened and closed here.
        session: What is said on it.
        timeout: Seconds for one exchange without progress.
        clock: The time.
        trace: Takes every piece of octets that moves.
        request_pause: Seconds that the meter needs between its answer and the next request.
        lock: Lets one exchange at a time onto the wire; given where other pumps share it.

    Attributes:
        session: What is said.
        timeout: Seconds for one exchange; may be changed between two.
        hearing: What was heard on the present connection.
        before_request: Called before each request, with the wire to itself; may renew the link.
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
        lock: threading.RLock | None = None,
    ) -> None:
        self.session = session
        self.timeout = timeout
        self._transport = transport
        self._clock = clock
        self._carrier = Carrier(transport, session, clock, trace)
        self._request_pause = request_pause
        self._lock = threading.RLock() if lock is None else lock
        self._events: deque[SessionEvent] = deque()
        self._transfer: Transfer | None = None
        self.hearing = Hearing()
        self.before_request: Callable[[], None] = lambda: None
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
            self.hearing.opened(self._clock.monotonic())
            try:
                self.session.open(self._clock.monotonic())
                opened: LinkOpened = self._wait_for(LinkOpened, "the link set-up")
            except BaseException:
                self._transport.close()
                raise
            return opened

    def renew(self, *, same_connection: bool = True) -> LinkOpened:
        """Set the link up again: on the same connection while it stands, else on a new one.

        Raises:
            DlmsError: As ``open`` does.
        """
        with self._lock:
            try:
                if same_connection:
                    return self.reopen()
            except (TransportError, DeadlineExceeded):
                if self._aborted:
                    raise
            self._transport.close()
            self._fault = self._transfer = None
            self._events.clear()
            return self.open()

    def reopen(self, *, disconnect: bool = False) -> LinkOpened:
        """Set the link up again on the same connection, after what was still to come was drained.

        Args:
            disconnect: Whether the old link is ended first.

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
                self.hearing.heard(octets, self._clock.monotonic())
                self._carrier.tap(Direction.RECEIVED, octets, "drained")
            if disconnect:
                self.session.close(self._clock.monotonic())
                self._wait_for(LinkClosed, "the disconnection")
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

    def idle(self) -> float:
        """Seconds since anything was heard."""
        return self.hearing.idle(self._clock.monotonic())

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
        try:
            while True:
                next(stream)
        except StopIteration as end:
            result: T = end.value
            return result

    def stream(self, procedure: Procedure[T]) -> Generator[Any, None, T]:
        """Perform a procedure and yield what it emits, as it arrives.

        Between two values the wire is free: another call first takes the rest of the transfer off
        it, which waits here until it is wanted. Closing the iterator cancels the transfer.
        """
        transfer: Transfer | None = None
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
                    if isinstance(step, Ask):
                        outcome = self._ask(step.request)
                    elif isinstance(step, AskBlocks):
                        transfer = Transfer()
                        outcome = self._ask_blocks(step.request, transfer)
                    else:
                        outcome = self._more(transfer)
                except ServiceError as error:
                    refused = error
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            procedure.close()
            if transfer is not None:
                self._cancel(transfer)

    def _ask(self, request: Apdu) -> Apdu:
        with self._lock:
            self._send(request)
            answered: Answered = self._wait_for(Answered, request.NAME)
            return checked(answered.answer)

    def _ask_blocks(self, request: Apdu, transfer: Transfer) -> Block:
        with self._lock:
            self._send(request, streamed=True)
            return self._next_block(transfer)

    def _more(self, transfer: Transfer | None) -> Block:
        with self._lock:
            if transfer is not None and transfer.blocks:
                return transfer.blocks.popleft()
            if transfer is None or self._transfer is not transfer:
                raise StateError("there is no transfer to go on with")
            self.session.proceed(self._clock.monotonic())
            return self._next_block(transfer)

    def _send(self, request: Apdu, *, streamed: bool = False) -> None:
        if self._transfer is not None:
            self._finish_transfer(self._transfer)
        self._check()
        self.before_request()
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
            return Block(event.octets, event.last)
        self._transfer = None
        return whole_block(event.answer)

    def _finish_transfer(self, transfer: Transfer) -> None:
        """Take the rest of another call's transfer off the wire, so that this call may ask."""
        while self._transfer is transfer:
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
        session, clock, events = self.session, self._clock, self._events
        self.hearing.asked()
        octets = b""
        now = clock.monotonic()
        deadline = now + self.timeout
        while True:
            self._check()
            useful = bool(octets)
            for event in session.events():
                if isinstance(event, SpeedWanted):
                    self._change_speed(event)
                    deadline = now + self.timeout + event.allowance
                elif isinstance(event, Discarded):
                    useful = False  # what arrived was of no use, so answering it is no progress
                events.append(event)
            if self._transmit():
                now = clock.monotonic()
                if useful:
                    deadline = now + self.timeout
            while events:
                event = events.popleft()
                if isinstance(event, kinds):
                    return event
                self._judge(event)
            link_deadline = session.next_deadline()
            if link_deadline is not None and link_deadline <= now:
                octets = b""
                session.deadline_passed(now)
                continue
            if now >= deadline:
                session.cancel(now)  # what still comes is stale, and nobody's answer
                raise self.hearing.late(what, self.timeout)
            until = deadline if link_deadline is None else min(deadline, link_deadline)
            octets = self._receive(until - now)
            now = clock.monotonic()
            if octets:
                self.hearing.heard(octets, now)
                self._carrier.hand_in(octets, now)

    def _change_speed(self, wanted: SpeedWanted) -> None:
        try:
            self._carrier.change_speed(wanted)
        except TransportError as error:
            self._break(error)
            raise

    def _transmit(self) -> bool:
        try:
            return self._carrier.transmit()
        except (TransportError, DeadlineExceeded) as error:
            self._break(error)
            raise

    def _receive(self, seconds: float) -> bytes:
        try:
            return self._carrier.receive(seconds)
        except (TransportError, DeadlineExceeded) as error:
            self._break(error)
            raise

    def _break(self, error: DlmsError) -> None:
        """A wire that fails is gone for good; an abort is told as one, whatever it did to it."""
        self._check()
        self._fault = error

    def _judge(self, event: SessionEvent) -> None:
        failure = failure_of(event)
        if failure is not None:
            if isinstance(failure.error, DeadlineExceeded):
                self.hearing.explain(failure.error)
            if failure.is_final:
                self._fault = failure.error
            raise failure.error
        name, octets = type(event).__name__, b""
        if isinstance(event, Discarded | Ignored):
            name, octets = f"{name.lower()}: {event.reason}", event.octets
        self._carrier.tap(Direction.INTERNAL, octets, name)
        complaint = self.hearing.complaint() if isinstance(event, Discarded) else None
        if complaint is not None:
            self._fault = complaint
            raise complaint

    def _check(self) -> None:
        if self._aborted:
            self._fault = TransportError("aborted")
        if self._fault is not None:
            raise self._fault
