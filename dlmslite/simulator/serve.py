"""Puts a meter on a TCP port: one thread that listens, one for each client.

The only file of the simulator that opens sockets and reads clocks. Usable in tests::

    with serve(single_phase()) as meter:
        with dlmslite.connect(meter.url) as client:
            ...
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dlmslite.simulator.base import Conversation
from dlmslite.simulator.busy import BusyFront
from dlmslite.simulator.faults import NO_FAULTS, FaultPlan, FaultyWire
from dlmslite.simulator.meter import SimulatedMeter
from dlmslite.simulator.server import MeterServer, server_session

IDLE_SECONDS = 180.0  # the meter drops a silent client (old-bridge.md 1.4)
RECEIVE_MAX = 65_536  # octets taken from a socket at once
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger on, for no time: what is sent is a reset
STACK_OCTETS = 256 * 1024  # of a client's thread; a fleet of meters has hundreds of them


class RunningMeter:
    """A meter on a port of this machine.

    Args:
        converse: Makes what is said to one client.
        host: Where to listen.
        port: Port, 0 for a free one.
        framing: ``hdlc`` or ``wrapper``.
        faults: What goes wrong on the way to the client.

    Attributes:
        url: Where a client finds it.
        connections: How many clients have connected so far.
    """

    def __init__(
        self,
        converse: Callable[[], Conversation],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        framing: str = "hdlc",
        faults: FaultPlan = NO_FAULTS,
    ) -> None:
        self.faults = faults
        self.connections = 0
        self._framing = framing
        self._new_conversation = converse
        self._ending = threading.Event()
        self._clients: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._listener = self._listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        scheme = "tcp+hdlc" if framing == "hdlc" else "tcp"
        self.url = f"{scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        self._acceptor = self._start(self._accept, "simulated meter")

    @property
    def is_reachable(self) -> bool:
        """Whether it listens."""
        return self._listener.fileno() >= 0

    def pull_the_plug(self) -> None:
        """Stop listening and drop every client, as in a power cut; ``plug_in`` ends it."""
        with self._lock:
            _shut(self._listener)
            for client in tuple(self._clients):
                _shut(client)

    def plug_in(self) -> None:
        """Listen again on the same port."""
        self._acceptor.join()
        self._listener = self._listen(self.host, self.port)
        self._acceptor = self._start(self._accept, "simulated meter")

    def close(self) -> None:
        """Stop listening, drop every client, and wait for the threads."""
        self._ending.set()
        self.pull_the_plug()
        self._acceptor.join()
        for thread in tuple(self._threads):
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _listen(host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)

    @staticmethod
    def _start(target: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=target, name=name, daemon=True)
        before = threading.stack_size(STACK_OCTETS)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
        return thread

    def _accept(self) -> None:
        listener = self._listener
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if listener.fileno() < 0:
                    client.close()
                    return
                self.connections += 1
                self._clients.add(client)
                thread = self._start(lambda c=client: self._converse(c), "simulated conversation")  # type: ignore[misc] # mypy cannot type a lambda's default
                self._threads.add(thread)

    def _converse(self, client: socket.socket) -> None:
        salt = next(self._numbers)
        wire = FaultyWire(self.faults, salt=salt)
        meter: Conversation = self._new_conversation()
        if self.faults.busy:
            meter = BusyFront(meter, self.faults, salt=salt)
        heard = time.monotonic()
        meter.open(heard)
        with contextlib.suppress(OSError), client:
            while not wire.closed:
                now = time.monotonic()
                client.settimeout(self._patience(now, heard, wire, meter))
                try:
                    octets = client.recv(RECEIVE_MAX)
                except TimeoutError:
                    octets = None
                now = time.monotonic()
                if octets:
                    heard = now
                    if not wire.dead:
                        meter.receive(octets, now)
                elif octets == b"" or now - heard >= IDLE_SECONDS:
                    break
                deadline = meter.next_deadline()
                if deadline is not None and deadline <= now:
                    meter.deadline_passed(now)
                wire.send(meter.data_to_send(), now)
                arrived = wire.receive(now)
                if arrived:
                    client.sendall(arrived)
            if wire.reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        with self._lock:
            self._clients.discard(client)
            self._threads.discard(threading.current_thread())

    @staticmethod
    def _patience(now: float, heard: float, wire: FaultyWire, meter: Conversation) -> float:
        """Seconds until something is due, a millisecond at least."""
        due = [heard + IDLE_SECONDS, wire.next_due(), meter.next_deadline()]
        return max(0.001, min(moment for moment in due if moment is not None) - now)


def serve(
    meter: SimulatedMeter,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    framing: str = "hdlc",
    server: int | tuple[int, int] = 1,
    faults: FaultPlan = NO_FAULTS,
    wall_clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> RunningMeter:
    """Put a meter on a TCP port; use the result in a ``with`` statement, or close it.

    Args:
        meter: What is served, such as ``single_phase()``.
        host: Where to listen.
        port: Port, 0 for a free one.
        framing: ``hdlc`` or ``wrapper``.
        server: The meter's address: one number, or logical and physical.
        faults: What goes wrong on the way to the client.
        wall_clock: The time that values are taken at, aware.

    Raises:
        OSError: The port is taken.
        ConfigurationError: There is no such framing, or the address does not fit it.
    """

    def converse() -> MeterServer:
        return MeterServer(meter, server_session(meter, framing, server), wall_clock)

    converse()  # an address that does not fit is refused here, not in a thread
    return RunningMeter(converse, host=host, port=port, framing=framing, faults=faults)


def _shut(wire: socket.socket) -> None:
    with contextlib.suppress(OSError):
        wire.shutdown(socket.SHUT_RDWR)
    wire.close()
