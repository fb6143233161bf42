"""Where the newest state of every meter and sink is shown.

Workers put frozen values onto the board as their state changes; whoever asks gets the newest ones.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from attrs import evolve

from dlmslite_daemon.engine.health import MeterHealth, SinkHealth


class Board:
    """The newest state of every meter and sink; written by workers, read by anyone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._meters: dict[str, MeterHealth] = {}
        self._sinks: dict[str, dict[str, SinkHealth]] = {}  # by name, by connection

    def put_meter(self, state: MeterHealth) -> None:
        """Write a meter's state."""
        with self._lock:
            self._meters[state.name] = state

    def put_sink(self, state: SinkHealth, connection: str = "") -> None:
        """Write a sink's state, or that of one of its connections."""
        with self._lock:
            self._sinks.setdefault(state.name, {})[connection] = state

    def drop_meter(self, name: str, line: str) -> None:
        """Forget a meter that left a line; one that is shown on another line by now stays."""
        with self._lock:
            state = self._meters.get(name)
            if state is not None and state.line == line:
                del self._meters[name]

    def drop_sink(self, name: str, connection: str | None = None) -> None:
        """Forget a removed sink; of one connection of it, what it has counted stays."""
        with self._lock:
            gone = self._sinks.get(name, {}).get(connection or "")
            if connection is None:
                self._sinks.pop(name, None)
            elif gone is not None:
                rest = evolve(gone, enabled=False, connected=False, in_flight=0)
                self._sinks[name][connection] = evolve(rest, pending_live=0, pending_history=0)

    def meter(self, name: str) -> MeterHealth | None:
        """The state of one meter; None before its line's thread has begun."""
        with self._lock:
            return self._meters.get(name)

    def meters(self) -> tuple[MeterHealth, ...]:
        """Every meter, by number."""
        with self._lock:
            return tuple(sorted(self._meters.values(), key=lambda state: state.id))

    def sinks(self) -> tuple[SinkHealth, ...]:
        """Every sink, by name."""
        with self._lock:
            connections = [tuple(self._sinks[name].values()) for name in sorted(self._sinks)]
        return tuple(map(joined, connections))


def joined(connections: tuple[SinkHealth, ...]) -> SinkHealth:
    """A sink as its connections (at least one) are together; one that rests counts out."""
    if len(connections) == 1:
        return connections[0]
    at_work = [one for one in connections if one.enabled]
    down = [one for one in at_work if not one.connected]
    faults = [one.last_fault for one in (down or connections) if one.last_fault is not None]
    sent, arrived = Counter[str](), Counter[str]()
    for one in connections:
        sent.update(one.readings_sent)
        arrived.update(one.readings_acknowledged)
    return SinkHealth(
        name=connections[0].name,
        kind=connections[0].kind,
        enabled=bool(at_work),
        connected=bool(at_work) and not down,
        protocol=next((one.protocol for one in at_work if one.protocol), ""),
        sent=sum(one.sent for one in connections),
        acknowledged=sum(one.acknowledged for one in connections),
        readings_sent=sent,
        readings_acknowledged=arrived,
        refused=sum(one.refused for one in connections),
        in_flight=sum(one.in_flight for one in connections),
        pending_live=_sum(one.pending_live for one in connections),
        pending_history=_sum(one.pending_history for one in connections),
        disconnections=sum(one.disconnections for one in connections),
        next_attempt_ms=min((one.next_attempt_ms or 0 for one in down), default=0) or None,
        unheard=any(one.unheard for one in at_work),
        last_puback_ms=max(one.last_puback_ms or 0 for one in connections) or None,
        last_fault=max(faults, key=lambda fault: fault.at_ms, default=None),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
