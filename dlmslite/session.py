"""One link and one association as one object: bytes in, events and deadlines out.

The owner of a wire pumps it: what came goes into ``receive``, what ``data_to_send`` gives goes out,
``deadline_passed`` is called when ``next_deadline`` says so, and ``events`` tell what happened. No
socket, no thread, no clock; times are seconds on one monotonic clock.

How long a request may take is the owner's to say: it waits as long as it likes, then calls
``cancel``, and a late answer is ignored as stale.
"""

from __future__ import annotations

from dlmslite.apdu.base import Apdu
from dlmslite.association.association import Association
from dlmslite.association.events import (
    AssociationEvent,
    AssociationFailed,
    AssociationRefused,
    ProofWanted,
    RequestFailed,
)
from dlmslite.errors import AssociationRejected, DlmsError, LinkError
from dlmslite.link.base import (
    ApduReceived,
    Discarded,
    FrameCount,
    Link,
    LinkClosed,
    LinkFailed,
    LinkOpened,
    NotificationReceived,
    SpeedWanted,
)
from dlmslite.records import frozen

SessionEvent = LinkOpened | LinkClosed | LinkFailed | Discarded | SpeedWanted | AssociationEvent


@frozen
class Failure:
    """What ends every wait for something else.

    Attributes:
        error: Why.
        is_final: Whether the link or the association is gone with it.
    """

    error: DlmsError
    is_final: bool


def failure_of(event: SessionEvent) -> Failure | None:
    """The failure that an event means to a client that waits for another event, or None."""
    match event:
        case LinkFailed(error) | AssociationFailed(error):
            return Failure(error, is_final=True)
        case AssociationRefused(error=error) | RequestFailed(error=error):
            return Failure(error, is_final=False)
        case ProofWanted(aare):
            wants = AssociationRejected(
                "the meter wants high-level authentication",
                hint="give auth= of that mechanism",
                mechanism=aare.mechanism,
            )
            return Failure(wants, is_final=False)
        case LinkClosed(by_peer=True):
            ended = LinkError("disconnected", "the meter ended the link")
            return Failure(ended, is_final=True)
        case _:
            return None


class Session:
    """A link and the association on it.

    Args:
        link: Carries whole APDUs; not open yet.
        association: In the same role.
    """

    def __init__(self, link: Link, association: Association) -> None:
        self._link = link
        self._association = association
        self._events: list[SessionEvent] = []
        self._peer = 0

    @property
    def peer(self) -> int:
        """Who sent the last APDU, as the link knows it: for a server, the client's number."""
        return self._peer

    @property
    def association(self) -> Association:
        """For its state and what was agreed."""
        return self._association

    @property
    def response_timeout(self) -> float:
        """Seconds after which the link takes an answer for lost and asks again."""
        return self._link.response_timeout

    @response_timeout.setter
    def response_timeout(self, seconds: float) -> None:
        self._link.response_timeout = seconds

    @property
    def frames(self) -> FrameCount:
        """How many frames passed so far."""
        return self._link.frames

    def open(self, now: float) -> None:
        """Begin to set the link up; ``LinkOpened`` or ``LinkFailed`` follows."""
        self._link.open(now)
        self._pump(now)

    def close(self, now: float) -> None:
        """Begin to end the link; ``LinkClosed`` follows. A release is asked for by an RLRQ."""
        self._link.close(now)
        self._pump(now)

    def send(self, apdu: Apdu, now: float, *, streamed: bool = False) -> None:
        """Send a request (client) or an answer (server); see ``Association.send``.

        Raises:
            StateError: Link or association do not allow it now.
            EncodeError: It has no octets, or too many.
        """
        self._association.send(apdu, streamed=streamed)
        self._pass_on(now)

    def proceed(self, now: float) -> None:
        """Ask for the next block of a streamed answer.

        Raises:
            StateError: No transfer waits for it.
        """
        self._association.proceed()
        self._pass_on(now)

    def cancel(self, now: float) -> None:
        """Give up every open request and transfer; late answers are ignored."""
        self._association.cancel()
        self._pump(now)

    def receive(self, octets: bytes, now: float) -> None:
        """Take octets from the wire, in pieces of any size."""
        self._link.receive(octets, now)
        self._pump(now)

    def events(self) -> list[SessionEvent]:
        """What happened since the last call, in order."""
        self._events += self._association.events()
        events, self._events = self._events, []
        return events

    def data_to_send(self) -> bytes:
        """Octets for the wire since the last call."""
        return self._link.data_to_send()

    def next_deadline(self) -> float | None:
        """When ``deadline_passed`` wants to be called, or None."""
        return self._link.next_deadline()

    def deadline_passed(self, now: float) -> None:
        """Act on every deadline up to ``now``."""
        self._link.deadline_passed(now)
        self._pump(now)

    def _pump(self, now: float) -> None:
        association = self._association
        for event in self._link.events():
            if isinstance(event, ApduReceived):
                if event.source != self._peer:
                    self._meet(event.source)
                association.receive(event.octets)
            else:
                self._take(event)
        self._pass_on(now)

    def _take(
        self,
        event: LinkOpened
        | LinkClosed
        | LinkFailed
        | NotificationReceived
        | Discarded
        | SpeedWanted,
    ) -> None:
        association = self._association
        if isinstance(event, NotificationReceived):
            association.notified(event.octets)
            return
        if not isinstance(event, Discarded | SpeedWanted):
            # An association does not outlive its link, and none is older than its link (L08).
            association.link_lost()
        # What the association said before comes first.
        self._events += association.events()
        self._events.append(event)

    def _meet(self, peer: int) -> None:
        if self._peer:
            # What one client was granted is not another's (P18).
            self._association.link_lost("another-client")
        self._peer = peer

    def _pass_on(self, now: float) -> None:
        for apdu in self._association.data_to_send():
            self._link.send(apdu, now)
