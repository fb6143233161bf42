"""Meters and converters that a probe may meet, on a desk: no socket, a fake clock.

A ``Street`` makes the wire for each connection of a probe; what is odd about the place is said when
it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, evolve, field, frozen
from rig.desk import NOW, DeskClock, DeskTransport

from dlmslite.apdu.base import Apdu
from dlmslite.apdu.get import GetRequestWithList
from dlmslite.endpoint import Endpoint
from dlmslite.errors import ConnectionClosed, TransportError
from dlmslite.link.hdlc.frames import DM, SNRM, decode_sound
from dlmslite.probing.probe import LISTENING, climb
from dlmslite.probing.visit import Manner
from dlmslite.procedures.probe import ProbePlan, address_forms
from dlmslite.procedures.probe_report import ProbeReport, Server
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.server import MeterServer, server_session

PASSWORD = b"22222222"
Refusing = Callable[[Apdu], Apdu | None]


class OddServer(MeterServer):
    """A meter that answers some requests in a way of its own."""

    odd: Refusing = staticmethod(lambda _request: None)

    def _answer(self, request: Apdu) -> Apdu:
        return self.odd(request) or super()._answer(request)


class OddTransport(DeskTransport):
    """One connection to a place."""

    def __init__(self, street: Street) -> None:
        faults = evolve(street.faults, seed=street.faults.seed * 100 + len(street.opened))
        super().__init__(street.meter, street.framing, street.clock, faults)
        session = server_session(street.meter, street.framing, street.server)
        self.server = OddServer(street.meter, session, lambda: NOW)
        self.server.odd = street.odd
        self.street = street
        self._queue: list[bytes] = []

    def open(self) -> None:
        if self.street.refuses:
            raise TransportError("connection refused")
        super().open()

    def send(self, octets: bytes) -> None:
        street = self.street
        self.sent.append(octets)
        if self.now < street.queue_until:
            self._queue.append(octets)
        elif street.answers is not None:
            self.wire.send(street.answers(octets), self.now)
        else:
            self._pass(octets)

    def receive(self, timeout: float) -> bytes:
        street = self.street
        if street.banner:
            raise ConnectionClosed("closed by the peer", banner=street.banner)
        if self._queue and self.now + timeout >= street.queue_until:
            self.clock.now = street.queue_until
            for octets in self._queue:
                self._pass(octets)
            self._queue.clear()
        return super().receive(timeout)

    def _pass(self, octets: bytes) -> None:
        limit = self.street.buffer
        self.server.receive(octets[:limit] if limit else octets, self.now)
        answer = self.server.session.data_to_send()
        self.wire.send(answer[:limit] if limit else answer, self.now)


@define(kw_only=True)
class Street:
    """A place that a probe goes to.

    Attributes:
        meter: What is there.
        framing: What it speaks.
        server: Its address.
        odd: Its own answer to a request; None leaves it to the meter.
        answers: What the wire answers to each piece of octets, instead of the meter.
        banner: What a converter says before it hangs up.
        buffer: Octets of each piece that pass; 0 for all.
        refuses: Whether nobody listens.
        queue_until: Until when another client is served.
        faults: What goes wrong on the way; each connection has chances of its own.
        wire: What makes each connection.
    """

    meter: SimulatedMeter = field(factory=lambda: single_phase(days=1))
    framing: str = "hdlc"
    server: int | tuple[int, int] = 1
    odd: Refusing = lambda _request: None
    answers: Callable[[bytes], bytes] | None = None
    banner: bytes = b""
    buffer: int = 0
    refuses: bool = False
    queue_until: float = 0.0
    faults: FaultPlan = NO_FAULTS
    wire: type[OddTransport] = OddTransport
    clock: DeskClock = field(factory=DeskClock)
    opened: list[tuple[float, OddTransport]] = field(factory=list)

    def probe(
        self,
        *,
        servers: tuple[Server, ...] = (),
        serial: str | None = None,
        everybody: bool = False,
        password: bytes | None = None,
        pause: float = 1.0,
        within: float = 0.0,
        octets: int = 0,
        zone: Any = None,
        progress: Callable[[str], None] = lambda _text: None,
        **plan: Any,
    ) -> ProbeReport:
        """Go there and look."""
        scheme = "tcp+hdlc" if self.framing == "hdlc" else "tcp"
        url = f"{scheme}://meter:4059"
        forms = address_forms(self.framing, servers, serial, everybody=everybody, octets=octets)
        manner = Manner(
            endpoint=Endpoint.parse(url),
            timeout=3.0,
            listening=LISTENING,
            clock=self.clock,
            now=lambda: NOW,
            password=password,
            zone=zone,
            progress=progress,
            transport=self.connect,
        )
        plan_of = ProbePlan(url=url, framing=self.framing, forms=forms, **plan)
        return climb(plan_of, manner, pause, within)

    def connect(self, _endpoint: Endpoint, _timeout: float) -> OddTransport:
        """A new connection, where the one before is over."""
        assert not any(wire.is_open for _, wire in self.opened), "two connections at once"
        transport = self.wire(self)
        self.opened.append((self.clock.now, transport))
        return transport

    @property
    def sent(self) -> list[bytes]:
        """Every piece of octets that any connection sent."""
        return [octets for _, wire in self.opened for octets in wire.sent]


@frozen
class Frames:
    """Answers of a wire that look at the HDLC frame that was sent."""

    answer: Callable[[Any], bytes]

    def __call__(self, octets: bytes) -> bytes:
        return self.answer(decode_sound(octets[1:-1]))


def says_dm(frame: Any) -> bytes:
    """A meter whose link another client holds."""
    return DM(frame.source, frame.destination).encode()


def proposes(octets: bytes) -> bool:
    """Whether these octets are an SNRM with parameters."""
    frame = decode_sound(octets[1:-1])
    return isinstance(frame, SNRM) and bool(frame.information)


def is_list(request: Apdu, longest: int = 1) -> bool:
    """Whether a request asks for more attributes at once than this."""
    return isinstance(request, GetRequestWithList) and len(request.attributes) > longest
