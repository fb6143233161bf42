"""A client and a simulated meter on one desk: no socket, no thread, a fake clock.

The transport plays the meter while the client sends, and lets the fake clock jump to whatever comes
next while the client waits. A conversation of ten minutes takes a millisecond.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from dlmslite.client import Client, open_client
from dlmslite.endpoint import Endpoint, Options, make_session
from dlmslite.errors import ConnectionClosed
from dlmslite.pump import Pump
from dlmslite.quirks import STANDARD, Quirks
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan, FaultyWire
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.server import MeterServer, server_session
from dlmslite.values.time_policy import TimePolicy

NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)


class DeskClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class DeskTransport:
    """A wire with a simulated meter at its other end."""

    def __init__(
        self,
        meter: SimulatedMeter,
        framing: str,
        clock: DeskClock,
        faults: FaultPlan = NO_FAULTS,
        *,
        echoing: bool = False,
    ) -> None:
        self.server = MeterServer(meter, server_session(meter, framing, 1), lambda: NOW)
        self.clock = clock
        self.wire = FaultyWire(faults)
        self.sent: list[bytes] = []
        self.is_open = False
        self.is_silent = False
        self.echoing = echoing
        self.on_receive: Callable[[], None] = lambda: None

    @property
    def now(self) -> float:
        return self.clock.now

    def open(self) -> None:
        self.is_open = True
        self.server.open(self.now)

    def send(self, octets: bytes) -> None:
        self.sent.append(octets)
        if self.echoing:
            self.wire.send(octets, self.now)
        if not self.is_silent:
            self.server.receive(octets, self.now)
            self.wire.send(self.server.session.data_to_send(), self.now)

    def receive(self, timeout: float) -> bytes:
        self.on_receive()
        if self.wire.closed:
            raise ConnectionClosed("the wire was cut")
        due = self.wire.next_due()
        if due is None or due > self.now + timeout:
            self.clock.wait(timeout)
            return b""
        self.clock.now = max(self.now, due)
        arrived = self.wire.receive(self.now)
        if not arrived and self.wire.closed:
            raise ConnectionClosed("the wire was cut")
        return arrived

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.is_open = False


class Desk:
    """The parts of one conversation, and how to put them together."""

    def __init__(
        self,
        *,
        framing: str = "hdlc",
        meter: SimulatedMeter | None = None,
        faults: FaultPlan = NO_FAULTS,
        quirks: Quirks = STANDARD,
        timeout: float = 10.0,
        adaptive: bool = True,
        echoing: bool = False,
        **pump: Any,
    ) -> None:
        self.clock = DeskClock()
        self.quirks = quirks
        meter = meter or single_phase(days=2)
        self.transport = DeskTransport(meter, framing, self.clock, faults, echoing=echoing)
        scheme = "tcp+hdlc" if framing == "hdlc" else "tcp"
        options = Options(
            client=1,
            server=1,
            quirks=quirks,
            max_info=2030,
            window=7,
            timeout=timeout,
            adaptive=adaptive,
        )
        self.pump = Pump(
            self.transport,
            make_session(Endpoint.parse(f"{scheme}://meter"), options),
            timeout=timeout,
            clock=self.clock,
            **pump,
        )

    def client(self, password: bytes | None = b"22222222", **options: Any) -> Client:
        """An open client."""
        return open_client(
            self.pump,
            password=password,
            quirks=self.quirks,
            policy=options.pop("policy", TimePolicy()),
            **options,
        )
