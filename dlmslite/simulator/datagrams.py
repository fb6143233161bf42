"""Puts a simulated meter on a UDP port: one thread, one conversation for each client.

An answer is a datagram. What the fault plan does to answers it does to datagrams: they are lost,
doubled, swapped, cut short. A conversation that a plan cuts or resets is silent from then on, since
UDP has nothing to end.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from dlmslite.records import frozen
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan, FaultyWire
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.server import MeterServer, server_session

DATAGRAM_MAX = 65_535  # octets of one
CLIENTS_MAX = 64  # conversations that are kept; the one that was silent longest makes room
LOOK_SECONDS = 0.2  # between two looks whether the end has come


@frozen
class _Talk:
    """One client's conversation."""

    server: MeterServer
    wire: FaultyWire


class RunningDatagrams:
    """A simulated meter on a UDP port of this machine.

    Args:
        meter: What is served.
        host: Where to listen.
        port: Port, 0 for a free one.
        server: The meter's wPort.
        faults: What goes wrong on the way to the client.
        wall_clock: The time that values are taken at.

    Attributes:
        url: Where a client finds it.
    """

    def __init__(
        self,
        meter: SimulatedMeter,
        *,
        host: str,
        port: int,
        server: int,
        faults: FaultPlan,
        wall_clock: Callable[[], dt.datetime],
    ) -> None:
        self._meter = meter
        self._server = server
        self._faults = faults
        self._wall_clock = wall_clock
        self._talks: OrderedDict[Any, _Talk] = OrderedDict()
        self._count = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host, self.port = self._socket.getsockname()[:2]
        self.url = f"udp://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="simulated meter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and wait for the thread."""
        self._ending.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            self._socket.settimeout(self._patience())
            # A client that has gone answers with an ICMP error; that is its affair.
            with contextlib.suppress(TimeoutError, ConnectionError):
                octets, client = self._socket.recvfrom(DATAGRAM_MAX)
                now = time.monotonic()
                talk = self._talk_with(client, now)
                talk.server.receive(octets, now)
                talk.wire.send(talk.server.data_to_send(), now)
            self._send_what_is_due()

    def _talk_with(self, client: Any, now: float) -> _Talk:
        talk = self._talks.get(client)
        if talk is None:
            session = server_session(self._meter, "wrapper", self._server)
            server = MeterServer(self._meter, session, self._wall_clock)
            server.open(now)
            talk = _Talk(server, FaultyWire(self._faults, salt=self._count))
            self._count += 1
            self._talks[client] = talk
            if len(self._talks) > CLIENTS_MAX:
                self._talks.popitem(last=False)
        self._talks.move_to_end(client)
        return talk

    def _send_what_is_due(self) -> None:
        now = time.monotonic()
        for client, talk in self._talks.items():
            for datagram in talk.wire.receive_pieces(now):
                with contextlib.suppress(ConnectionError):
                    self._socket.sendto(datagram, client)

    def _patience(self) -> float:
        """Seconds until something is due, a millisecond at least."""
        dues = [talk.wire.next_due() for talk in self._talks.values()]
        wait = min((due - time.monotonic() for due in dues if due is not None), default=1.0)
        return min(LOOK_SECONDS, max(0.001, wait))


def serve_datagrams(
    meter: SimulatedMeter,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    server: int = 1,
    faults: FaultPlan = NO_FAULTS,
    wall_clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> RunningDatagrams:
    """Put a meter on a UDP port; use the result in a ``with`` statement, or close it.

    Args:
        meter: What is served, such as ``single_phase()``.
        host: Where to listen.
        port: Port, 0 for a free one.
        server: The meter's wPort.
        faults: What goes wrong on the way to the client.
        wall_clock: The time that values are taken at, aware.

    Raises:
        OSError: The port is taken.
    """
    return RunningDatagrams(
        meter, host=host, port=port, server=server, faults=faults, wall_clock=wall_clock
    )
