"""A TCP-to-serial converter with a simulated meter behind it, on a port of this machine.

It does what those in the field do (old-bridge.md 1.5): one client at a time, the next one refused
with a text or left in the queue without a word; a text before it closes an idle connection; answers
in pieces. The meter behind it knows nothing of connections: its link outlives them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
import time
from types import TracebackType
from typing import Self

from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.server import MeterServer, server_session

PIECE = 127  # octets that it forwards at once
TICK = 0.01  # s between two looks at the clock
NOW = dt.datetime(2026, 3, 1, 12, 7, tzinfo=dt.UTC)


class Converter:
    """A converter on a free port.

    Args:
        refuses: What it says to a second client before it closes; empty lets it wait.
        idle: Seconds without octets from the client after which it closes; 0 for never.
        says: What it says then.
        is_mute: Whether the meter's answers are swallowed: the meter is off.

    Attributes:
        connections: How many clients it has served so far.
        closed: How many of them it has closed because they were idle.
        idle: As above; may be changed.
        is_mute: As above; may be changed.
    """

    def __init__(
        self,
        *,
        refuses: bytes = b"",
        idle: float = 0.0,
        says: bytes = b"Closing socket due to inactivity (30 sec)\n",
        is_mute: bool = False,
    ) -> None:
        self.connections = self.closed = 0
        self.is_mute = is_mute
        self.idle = idle
        self._refuses, self._says = refuses, says
        meter = single_phase(days=1)
        session = server_session(meter, "hdlc", 1)
        self._meter = MeterServer(meter, session, lambda: NOW)
        self._meter.open(time.monotonic())
        self._ending = threading.Event()
        self._line = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._listener.settimeout(TICK)
        self.url = f"tcp+hdlc://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ending.is_set():
            if not self._refuses and self._line.locked():
                time.sleep(TICK)  # a single-threaded converter does not look at its queue
                continue
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            if not self._line.acquire(blocking=False):
                with client, contextlib.suppress(OSError):
                    client.sendall(self._refuses)
                continue
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        heard = time.monotonic()
        session = self._meter.session
        with client, contextlib.suppress(OSError):
            client.settimeout(TICK)
            while not self._ending.is_set():
                now = time.monotonic()
                if self.idle and now - heard > self.idle:
                    client.sendall(self._says)
                    self.closed += 1
                    break
                try:
                    octets = client.recv(PIECE)
                except TimeoutError:
                    octets = None
                if octets == b"":
                    break
                if octets:
                    heard = now
                    self._meter.receive(octets, now)
                deadline = session.next_deadline()
                if deadline is not None and deadline <= now:
                    session.deadline_passed(now)
                answer = session.data_to_send()
                for start in range(0, 0 if self.is_mute else len(answer), PIECE):
                    client.sendall(answer[start : start + PIECE])
        self._line.release()
