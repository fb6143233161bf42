"""Client ⇄ server over a wire, on a fake clock.

Each side is anything with the verbs ``receive(octets, now)``, ``data_to_send()``,
``next_deadline()``, ``deadline_passed(now)`` and ``events()``: a link or a whole session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rig.wires import Wire, clean


class Side(Protocol):
    """What a pair pumps."""

    def receive(self, octets: bytes, now: float) -> None: ...

    def data_to_send(self) -> bytes: ...

    def next_deadline(self) -> float | None: ...

    def deadline_passed(self, now: float) -> None: ...

    def events(self) -> list[Any]: ...


Reaction = Callable[[Any, float], None]


class Pair:
    """Two sides, two wires and one clock.

    Args:
        client: The side that ``wires[0]`` leads away from.
        server: The other side.
        wires: Client to server, server to client.
        serve: Called with each event of the server and the time, so that it can answer.

    Attributes:
        now: The clock.
        client_events: Every event of the client so far.
        server_events: Every event of the server so far.
        log: Every write: the time, ``client`` or ``server``, the octets.
    """

    def __init__(
        self,
        client: Side,
        server: Side,
        wires: tuple[Wire, Wire] | None = None,
        serve: Reaction | None = None,
    ) -> None:
        self.client, self.server = client, server
        self.now = 0.0
        self.client_events: list[Any] = []
        self.server_events: list[Any] = []
        self.log: list[tuple[float, str, bytes]] = []
        self._up, self._down = wires or clean()
        self._serve = serve or (lambda _event, _now: None)

    def settle(self) -> None:
        """Move octets until nothing moves without the clock."""
        moved = True
        while moved:
            moved = self._write() or self._read()
            self._collect()

    def advance(self, seconds: float) -> None:
        """Let time pass: every arrival and every deadline on the way happens at its moment."""
        until = self.now + seconds
        self.settle()
        while (moment := self._next_moment()) is not None and moment <= until:
            self._step(moment)
        self.now = until
        self.settle()

    def run(self, done: Callable[[], bool], limit: float = 3600.0) -> bool:
        """Let time pass until something holds; False where it never does within the limit."""
        until = self.now + limit
        self.settle()
        while not done():
            moment = self._next_moment()
            if moment is None or moment > until:
                return False
            self._step(moment)
        return True

    def _step(self, moment: float) -> None:
        self.now = max(self.now, moment)
        self._read()
        for side in (self.client, self.server):
            deadline = side.next_deadline()
            if deadline is not None and deadline <= self.now:
                side.deadline_passed(self.now)
        self._collect()
        self.settle()

    def _next_moment(self) -> float | None:
        moments = [
            self.client.next_deadline(),
            self.server.next_deadline(),
            self._up.next_arrival(),
            self._down.next_arrival(),
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    def _write(self) -> bool:
        octets = self.client.data_to_send()
        if octets:
            self.log.append((self.now, "client", octets))
            self._up.send(octets, self.now)
            if self._up.echoing:
                self._down.send(octets, self.now)
        answer = self.server.data_to_send()
        if answer:
            self.log.append((self.now, "server", answer))
            self._down.send(answer, self.now)
        return bool(octets or answer)

    def _read(self) -> bool:
        up, down = self._up.receive(self.now), self._down.receive(self.now)
        if up:
            self.server.receive(up, self.now)
        if down:
            self.client.receive(down, self.now)
        return bool(up or down)

    def _collect(self) -> None:
        self.client_events += self.client.events()
        for event in self.server.events():
            self.server_events.append(event)
            self._serve(event, self.now)
